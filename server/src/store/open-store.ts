import { resolve } from "node:path";
import { currentEpoch } from "./epoch.ts";
import type { Kv } from "./kv.ts";
import { isRedisUrl } from "./redis/url.ts";
import type { OpenStore, StoreOptions } from "./store-options.ts";

export type { OpenStore, StoreOptions } from "./store-options.ts";

/**
 * Opens the store, refuses one that would lose data, and settles the epoch. Its errors are for the operator. Only the
 * driver that is used is loaded: the other would cost more than ten megabytes for nothing.
 */
export async function openStore(options: StoreOptions): Promise<OpenStore> {
  if (!isRedisUrl(options.location)) return openFolder(options);
  const { openCheckedRedis } = await import("./open-checked-redis.ts");
  return openCheckedRedis(options);
}

/** For a worker: the node has made the checks and keeps the epoch. The embedded store is opened for reading only. */
export async function openStoreInWorker(options: Pick<StoreOptions, "location" | "clock">): Promise<Kv> {
  const { location, clock } = options;
  if (isRedisUrl(location)) {
    const { openRedis } = await import("./redis.ts");
    return (await openRedis({ url: location, clock })).kv;
  }
  const { openEmbedded } = await import("./embedded.ts");
  return openEmbedded({ path: resolve(location), clock, readOnly: true });
}

async function openFolder({ location, clock, random }: StoreOptions): Promise<OpenStore> {
  const { openEmbedded } = await import("./embedded.ts");
  const path = resolve(location);
  const kv = openEmbedded({ path, clock, alone: true });
  const epoch = await currentEpoch(kv, random);
  return { kv, epoch: () => epoch, warnings: [], description: path };
}
