import { type Clock, type Random, ReplyError } from "@parley/protocol";
import type { Log } from "../../log.ts";
import { BACKUP, BACKUP_DEEDS, intentsOf } from "../../store/keys.ts";
import type { Kv } from "../../store/kv.ts";
import { newId } from "../ids.ts";

/**
 * Deeds that span keys, by kind. Each may be done any number of times, by several nodes at once and late: its steps
 * are idempotent and overwrite nothing that a later deed wrote. An intent may outlive the version that wrote it: kinds
 * keep their names and arguments.
 */
export type Deeds = Readonly<Record<string, (args: never) => Promise<unknown>>>;

export interface IntentRecord {
  readonly kind: string;
  readonly args: unknown;
  readonly startedAt: number;
}

/** Deeds whose rest goes on by itself; beyond, callers wait for theirs. */
const PENDING_MAX = 1_000;

export interface IntentsParts<D extends Deeds> {
  readonly store: Kv;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly deeds: D;
}

/** Writes down what is about to be done, so that a crash in between leaves nothing half done for long: see replays.ts. */
export class Intents<D extends Deeds> {
  /** For who replays them. */
  readonly deeds: D;
  readonly #store: Kv;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #log: Log;
  readonly #pending = new Set<Promise<void>>();

  constructor(parts: IntentsParts<D>) {
    this.#store = parts.store;
    this.#clock = parts.clock;
    this.#random = parts.random;
    this.#log = parts.log;
    this.deeds = parts.deeds;
  }

  /** A deed that is refused has not begun. `about`: the id of what the deed is about, which spreads the intents. */
  async run<K extends keyof D & string>(
    kind: K,
    about: string,
    args: Parameters<D[K]>[0],
  ): Promise<Awaited<ReturnType<D[K]>>> {
    const end = await this.begin(kind, about, args);
    const outcome = await endIfRefused(end, doDeed(this.deeds, kind, args));
    await end();
    return outcome as Awaited<ReturnType<D[K]>>;
  }

  /** For a deed that is done by the caller and only replayed from here. The answer removes the intent. */
  async begin<K extends keyof D & string>(
    kind: K,
    about: string,
    args: Parameters<D[K]>[0],
  ): Promise<() => Promise<void>> {
    const key = intentsOf(about);
    const id = newId(this.#random);
    const record: IntentRecord = { kind, args, startedAt: this.#clock.now() };
    const text = JSON.stringify(record);
    await this.#store.hashSet(key, id, text);
    return async () => {
      // A backup that reads key after key may have seen a part of it: whoever restores it does the whole deed again.
      if (await this.#store.exists(BACKUP)) await this.#store.listPush(BACKUP_DEEDS, text);
      await this.#store.hashDelete(key, id);
    };
  }

  /**
   * For a deed of which the caller waits for the first part only. The rest goes on by itself; when it fails, or the node
   * dies, the whole deed is replayed.
   */
  async runAhead<K extends keyof D & string, T>(
    kind: K,
    about: string,
    args: Parameters<D[K]>[0],
    parts: { readonly first: () => Promise<T>; readonly rest: (outcome: T) => Promise<void> },
  ): Promise<T> {
    const end = await this.begin(kind, about, args);
    const outcome = await endIfRefused(end, parts.first());
    const rest = parts
      .rest(outcome)
      .then(end)
      .catch((error: unknown) => this.#log.warn("a deed is left to its intent", { reason: kind, error }))
      .finally(() => this.#pending.delete(rest));
    this.#pending.add(rest);
    if (this.#pending.size > PENDING_MAX) await rest;
    return outcome;
  }

  /** What goes on by itself has ended, or is left to its intents. */
  async settled(): Promise<void> {
    await Promise.all(this.#pending);
  }
}

/** Does the deed of an intent, whose arguments are those of its kind: `begin` has seen to it. */
export async function doDeed(deeds: Deeds, kind: string, args: unknown): Promise<unknown> {
  const deed = deeds[kind];
  if (deed === undefined) throw new Error("An intent of a kind that this version does not know");
  return deed(args as never);
}

async function endIfRefused<T>(end: () => Promise<void>, deed: Promise<T>): Promise<T> {
  try {
    return await deed;
  } catch (error) {
    if (error instanceof ReplyError) await end();
    throw error;
  }
}
