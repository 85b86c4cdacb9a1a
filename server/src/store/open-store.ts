import { resolve } from "node:path";
import type { Clock, Random } from "@parley/protocol";
import { openEmbedded } from "./embedded.ts";
import { currentEpoch } from "./epoch.ts";
import type { Kv } from "./kv.ts";
import { judge, readFacts } from "./redis/checks.ts";
import { primaries } from "./redis/client.ts";
import { isRedisUrl, parseRedisUrl } from "./redis/url.ts";
import { type OpenRedis, openRedis } from "./redis.ts";

export interface StoreOptions {
  /** `redis://`, `rediss://`, `redis+cluster://`, `redis+sentinel://`, or the folder of the embedded store. */
  readonly location: string;
  readonly clock: Clock;
  readonly random: Random;
  /** Accepts a Redis that loses everything when it stops. */
  readonly allowVolatile?: boolean;
  /** A new epoch has begun after the one that `epoch()` answered first. */
  readonly onEpoch?: (epoch: string) => void;
  /** How long to wait for a Redis that does not answer yet. */
  readonly timeoutMs?: number;
}

export interface OpenStore {
  readonly kv: Kv;
  /** Which life of the store appends belong to (S9). */
  epoch(): string;
  /** One line each, for the operator. */
  readonly warnings: readonly string[];
  /** Where the data is, without credentials. */
  readonly description: string;
}

/** Opens the store, refuses one that would lose data, and settles the epoch. Its errors are for the operator. */
export async function openStore(options: StoreOptions): Promise<OpenStore> {
  return isRedisUrl(options.location) ? openCheckedRedis(options) : openFolder(options);
}

/** For a worker: the node has made the checks and keeps the epoch. The embedded store is opened for reading only. */
export async function openStoreInWorker(options: Pick<StoreOptions, "location" | "clock">): Promise<Kv> {
  const { location, clock } = options;
  if (!isRedisUrl(location)) return openEmbedded({ path: resolve(location), clock, readOnly: true });
  return (await openRedis({ url: location, clock, script: false })).kv;
}

async function openFolder({ location, clock, random }: StoreOptions): Promise<OpenStore> {
  const path = resolve(location);
  const kv = openEmbedded({ path, clock, alone: true });
  const epoch = await currentEpoch(kv, random);
  return { kv, epoch: () => epoch, warnings: [], description: path };
}

async function openCheckedRedis(options: StoreOptions): Promise<OpenStore> {
  const { location: url, clock, random, timeoutMs } = options;
  let epoch: string | null = null;
  const redis = await openRedis({
    url,
    clock,
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    onConnect: async (kv) => {
      const before = epoch;
      epoch = await currentEpoch(kv, random);
      if (before !== null && before !== epoch) options.onEpoch?.(epoch);
    },
  });
  const { description } = parseRedisUrl(url);
  try {
    const warnings = await check(redis, description, options.allowVolatile ?? false);
    return {
      kv: redis.kv,
      epoch: () => {
        if (epoch === null) throw new Error("A store is open only once its epoch is known");
        return epoch;
      },
      warnings,
      description,
    };
  } catch (error) {
    await redis.kv.close();
    throw error;
  }
}

/** Every primary is looked at; what they have in common is said once. */
async function check(redis: OpenRedis, description: string, allowVolatile: boolean): Promise<string[]> {
  const warnings = new Set<string>();
  for (const node of primaries(redis.client)) {
    const verdict = judge(await readFacts(node), allowVolatile);
    const where = primaries(redis.client).length === 1 ? description : `${node.options.host}:${node.options.port}`;
    if (verdict.refusal !== null) throw new Error(`The store at ${where} cannot be used: ${verdict.refusal}`);
    for (const warning of verdict.warnings) warnings.add(`The store at ${description}: ${warning}`);
  }
  return [...warnings];
}
