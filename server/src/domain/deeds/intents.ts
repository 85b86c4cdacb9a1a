import { type Clock, type Random, ReplyError } from "@parley/protocol";
import type { Log } from "../../log.ts";
import { INTENT_SHARDS, intentShard, intentsOf } from "../../store/keys.ts";
import type { Kv } from "../../store/kv.ts";
import { newId } from "../ids.ts";

/**
 * Deeds that span keys, by kind. Each may be done any number of times, by several nodes at once and late: its steps
 * are idempotent and overwrite nothing that a later deed wrote.
 */
export type Deeds = Readonly<Record<string, (args: never) => Promise<unknown>>>;

interface IntentRecord {
  readonly kind: string;
  readonly args: unknown;
  readonly startedAt: number;
}

/** A deed that still cannot be finished after a day never will be: it is reported and dropped. */
const GIVE_UP_MS = 24 * 3600_000;

/** Deeds whose rest goes on by itself; beyond, callers wait for theirs. */
const PENDING_MAX = 1_000;

export interface IntentsParts<D extends Deeds> {
  readonly store: Kv;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly deeds: D;
  /** Deeds that are done again and again until their intent has this age; all others are done when they succeed. */
  readonly keptMs: { readonly [K in keyof D & string]?: number };
}

/** Writes down what is about to be done, so that a crash in between leaves nothing half done for long. */
export class Intents<D extends Deeds> {
  readonly #store: Kv;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #log: Log;
  readonly #deeds: D;
  readonly #keptMs: IntentsParts<D>["keptMs"];
  readonly #pending = new Set<Promise<void>>();

  constructor(parts: IntentsParts<D>) {
    this.#store = parts.store;
    this.#clock = parts.clock;
    this.#random = parts.random;
    this.#log = parts.log;
    this.#deeds = parts.deeds;
    this.#keptMs = parts.keptMs;
  }

  /** A deed that is refused has not begun. `about`: the id of what the deed is about, which spreads the intents. */
  async run<K extends keyof D & string>(
    kind: K,
    about: string,
    args: Parameters<D[K]>[0],
  ): Promise<Awaited<ReturnType<D[K]>>> {
    const end = await this.begin(kind, about, args);
    const outcome = await endIfRefused(end, this.#do(kind, args));
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
    await this.#store.hashSet(key, id, JSON.stringify(record));
    return async () => void (await this.#store.hashDelete(key, id));
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

  /** Finishes what was begun at least `minAgeMs` ago. */
  async replay(minAgeMs: number): Promise<void> {
    for (let shard = 0; shard < INTENT_SHARDS; shard += 1) {
      for await (const [id, text] of this.#store.hashScan(intentShard(shard))) {
        const intent = readIntent(text);
        if (intent === null) this.#log.warn("an intent is damaged; it stays where it is", { reason: id });
        else await this.#replayOne(intentShard(shard), id, intent, minAgeMs);
      }
    }
  }

  async #replayOne(key: string, id: string, intent: IntentRecord, minAgeMs: number): Promise<void> {
    const ageMs = this.#clock.now() - intent.startedAt;
    if (ageMs < minAgeMs) return;
    try {
      await this.#do(intent.kind, intent.args);
      if (ageMs >= (this.#keptMs[intent.kind] ?? 0)) await this.#store.hashDelete(key, id);
    } catch (error) {
      // It came to nothing, and what it would have done must not be done any more.
      if (error instanceof ReplyError && !error.retry) return void (await this.#store.hashDelete(key, id));
      this.#log.warn("a deed could not be finished", { reason: intent.kind, durationMs: ageMs, error });
      if (ageMs > GIVE_UP_MS) await this.#store.hashDelete(key, id);
    }
  }

  async #do(kind: string, args: unknown): Promise<unknown> {
    const deed = this.#deeds[kind];
    if (deed === undefined) throw new Error("An intent of a kind that this version does not know");
    // `begin` has seen to it that an intent's arguments are those of its kind.
    return deed(args as never);
  }
}

async function endIfRefused<T>(end: () => Promise<void>, deed: Promise<T>): Promise<T> {
  try {
    return await deed;
  } catch (error) {
    if (error instanceof ReplyError) await end();
    throw error;
  }
}

/** Null for what is no record: one that is damaged must not keep the others from being replayed. */
function readIntent(text: string): IntentRecord | null {
  try {
    return JSON.parse(text) as IntentRecord;
  } catch {
    return null;
  }
}
