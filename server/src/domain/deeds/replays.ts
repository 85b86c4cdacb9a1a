import { type Clock, ReplyError } from "@parley/protocol";
import type { Log } from "../../log.ts";
import { INTENT_SHARDS, intentShard } from "../../store/keys.ts";
import type { Kv } from "../../store/kv.ts";
import { type Deeds, doDeed, type IntentRecord } from "./intents.ts";

/** A deed that still cannot be finished after a day never will be: it is reported and dropped. */
const GIVE_UP_MS = 24 * 3600_000;

export interface ReplaysParts {
  readonly store: Kv;
  readonly clock: Clock;
  readonly log: Log;
  /** Of all nouns. */
  readonly deeds: Deeds;
  /** Deeds that are done again and again until their intent has this age; all others are done when they succeed. */
  readonly keptMs: Readonly<Record<string, number>>;
}

/** Finishes the deeds of nodes that died in the middle of them. */
export class Replays {
  readonly #parts: ReplaysParts;

  constructor(parts: ReplaysParts) {
    this.#parts = parts;
  }

  /** Those that were begun at least `minAgeMs` ago. */
  async replay(minAgeMs: number): Promise<void> {
    const { store, log } = this.#parts;
    for (let shard = 0; shard < INTENT_SHARDS; shard += 1) {
      for await (const [id, text] of store.hashScan(intentShard(shard))) {
        const intent = readIntent(text);
        if (intent === null) log.warn("an intent is damaged; it stays where it is", { reason: id });
        else await this.#replayOne(intentShard(shard), id, intent, minAgeMs);
      }
    }
  }

  async #replayOne(key: string, id: string, intent: IntentRecord, minAgeMs: number): Promise<void> {
    const { store, clock, log, deeds, keptMs } = this.#parts;
    const ageMs = clock.now() - intent.startedAt;
    if (ageMs < minAgeMs) return;
    try {
      await doDeed(deeds, intent.kind, intent.args);
      if (ageMs >= (keptMs[intent.kind] ?? 0)) await store.hashDelete(key, id);
    } catch (error) {
      // It came to nothing, and what it would have done must not be done any more.
      if (error instanceof ReplyError && !error.retry) return void (await store.hashDelete(key, id));
      log.warn("a deed could not be finished", { reason: intent.kind, durationMs: ageMs, error });
      if (ageMs > GIVE_UP_MS) await store.hashDelete(key, id);
    }
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
