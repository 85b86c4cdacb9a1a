/** Fixed by the protocol; `/.well-known/imsc.json` tells it too. */
export const WEBSOCKET_PATH = "/ws";
