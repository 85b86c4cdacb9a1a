import type { Clock, Random } from "@parley/protocol";
import type { Pipe } from "../pipe.ts";
import type { Kv } from "./kv.ts";

export interface StoreOptions {
  /** `redis://`, `rediss://`, `redis+cluster://`, `redis+sentinel://`, or the folder of the embedded store. */
  readonly location: string;
  /** URL of a Redis that follows `location`. */
  readonly replica?: string | undefined;
  readonly clock: Clock;
  readonly random: Random;
  /** Accepts a Redis that loses everything when it stops. */
  readonly allowVolatile?: boolean;
  /** A new epoch has begun after the one that `epoch()` answered first. */
  readonly onEpoch?: (epoch: string) => void;
  /** To the process that owns the embedded store, when that is another one. */
  readonly owner?: Pipe | undefined;
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
