/** What `parley init` needs to write coturn's configuration: the package's second door. */
export { type CoturnSettings, renderCoturnConfig } from "./config.ts";
export { reachableAddresses, TEMPLATE_FILE } from "./coturn.ts";
export { cidrToRange } from "./ip.ts";
export { isDeniedPeer } from "./peers.ts";
export { UsageError } from "./usage-error.ts";
