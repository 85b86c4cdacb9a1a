/** What calls need of a browser; fetched with the first call, or when somebody is there and the page has come to rest. */
export { webCallDevice } from "./web-call-device.ts";
export { openWebPeer } from "./web-peer.ts";
