import { resolve } from "node:path";
import type { Clock } from "@parley/protocol";
import type { Pipe } from "../pipe.ts";
import { currentEpoch } from "./epoch.ts";
import type { Kv } from "./kv.ts";
import type { Replica } from "./redis/replica.ts";
import { isRedisUrl, parseRedisUrl } from "./redis/url.ts";
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

export interface ReadingStore {
  readonly kv: Kv;
  /** Null: there is none. */
  readonly replica: Replica | null;
}

/** The same, with a replica of it: a URL of a Redis. */
export async function openStoreWithReplica(
  options: Pick<StoreOptions, "location" | "clock" | "replica">,
): Promise<ReadingStore> {
  const { location, replica, clock } = options;
  if (replica === undefined) return { kv: await openStoreInWorker(options), replica: null };
  const [{ openRedis }, { Replica }] = await Promise.all([import("./redis.ts"), import("./redis/replica.ts")]);
  const { kv, position } = await openRedis({ url: location, clock });
  return { kv, replica: new Replica(parseRedisUrl(replica), clock, position) };
}

async function openFolder({ location, clock, random, owner }: StoreOptions): Promise<OpenStore> {
  const { openEmbedded } = await import("./embedded.ts");
  const path = resolve(location);
  const kv =
    owner === undefined
      ? await openAlone(path, clock)
      : await follow(openEmbedded({ path, clock, readOnly: true }), owner);
  const epoch = await currentEpoch(kv, random);
  return { kv, epoch: () => epoch, warnings: [], description: path };
}

/** Workers of a server that was killed end by themselves, within moments. */
const GONE_WITHIN_MS = 1_000;
const LOOK_MS = 50;

async function openAlone(path: string, clock: Clock): Promise<Kv> {
  const { FolderInUse, openEmbedded } = await import("./embedded.ts");
  const until = clock.monotonic() + GONE_WITHIN_MS;
  for (;;) {
    try {
      return openEmbedded({ path, clock, alone: true });
    } catch (error) {
      if (!(error instanceof FolderInUse) || clock.monotonic() >= until) throw error;
      await new Promise<void>((resolve) => clock.after(LOOK_MS, resolve));
    }
  }
}

async function follow(reader: Kv, owner: Pipe): Promise<Kv> {
  const { FollowingStore } = await import("./ipc/follower.ts");
  return new FollowingStore(reader, owner);
}
