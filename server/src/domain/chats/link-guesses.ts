import { type Clock, ReplyError, type UserId } from "@parley/protocol";
import { guessesAtLinks } from "../../store/keys.ts";
import type { Kv } from "../../store/kv.ts";

const WINDOW_MS = 10 * 60_000;
/** Counts outlive their window a little, since the clocks of nodes differ. */
const KEPT_SECONDS = (2 * WINDOW_MS) / 1000;
/** Codes that were none: a person who opens old links stays far below, and 128 bits are not found by so many. */
const WRONG_MAX = 60;
const COUNT = "n";

/** Codes that lead nowhere, counted by person in the store, so that all nodes count together. */
export class LinkGuesses {
  readonly #store: Kv;
  readonly #clock: Clock;

  constructor(store: Kv, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** Throws `RATE_LIMITED`. */
  async check(userId: UserId): Promise<void> {
    const wrong = await this.#store.hashGet(this.#key(userId), COUNT);
    if (Number(wrong ?? 0) < WRONG_MAX) return;
    throw new ReplyError("RATE_LIMITED", { retryAfterMs: WINDOW_MS - (this.#clock.now() % WINDOW_MS) });
  }

  async wrong(userId: UserId): Promise<void> {
    const key = this.#key(userId);
    await Promise.all([this.#store.hashIncrement(key, COUNT, 1), this.#store.expire(key, KEPT_SECONDS)]);
  }

  #key(userId: UserId): string {
    return guessesAtLinks(userId, Math.floor(this.#clock.now() / WINDOW_MS));
  }
}
