import { resolve } from "node:path";
import type { Clock, Random } from "@parley/protocol";
import { openEmbedded } from "./embedded.ts";
import { currentEpoch } from "./epoch.ts";
import type { Kv } from "./kv.ts";

export interface StoreOptions {
  /** `redis://`, `rediss://`, `redis+cluster://`, `redis+sentinel://`, or the folder of the embedded store. */
  readonly location: string;
  readonly clock: Clock;
  readonly random: Random;
  /** Accepts a Redis that loses everything when it stops. */
  readonly allowVolatile?: boolean;
  /** A new epoch has begun, other than the one that `epoch()` answered before. */
  readonly onEpoch?: (epoch: string) => void;
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

export async function openStore(options: StoreOptions): Promise<OpenStore> {
  const path = resolve(options.location);
  const kv = openEmbedded({ path, clock: options.clock });
  const epoch = await currentEpoch(kv, options.random);
  return { kv, epoch: () => epoch, warnings: [], description: path };
}

/** For a worker: reads only, and leaves the checks to the node. */
export function openStoreForReading(options: Pick<StoreOptions, "location" | "clock">): Kv {
  return openEmbedded({ path: resolve(options.location), clock: options.clock, readOnly: true });
}
