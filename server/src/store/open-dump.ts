import { resolve } from "node:path";
import type { Clock } from "@parley/protocol";
import type { Dump } from "./dump.ts";
import { isRedisUrl } from "./redis/url.ts";

/** To read all of a store, whether a server uses it or not. `location` as in the options of the store. */
export async function openDump(location: string, clock: Clock): Promise<Dump> {
  if (isRedisUrl(location)) {
    const { openRedisDump } = await import("./redis/dump.ts");
    return openRedisDump(location, clock);
  }
  const { openFolderDump } = await import("./lmdb/dump.ts");
  return openFolderDump(resolve(location), () => clock.now());
}
