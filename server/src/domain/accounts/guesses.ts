import { type Clock, ReplyError, type UserId } from "@parley/protocol";
import { guessesAtHandle, guessesFrom, guessesWithin } from "../../store/keys.ts";
import type { Kv } from "../../store/kv.ts";

const WINDOW_MS = 10 * 60_000;
/** Counts outlive their window a little, since the clocks of nodes differ. */
const KEPT_SECONDS = (2 * WINDOW_MS) / 1000;
/** Wrong passwords for one handle: a person who tries to remember stays below, and 20 guesses find no decent password. */
const AT_HANDLE_MAX = 20;
/** From one address: an office behind one address stays below, one machine cannot try many handles. */
const FROM_ADDRESS_MAX = 200;

const COUNT = "n";

/**
 * Failed guesses, counted in the store so that all nodes count together. Sessions that exist are not concerned: who
 * guesses at somebody's password cannot lock their devices out.
 */
export class Guesses {
  readonly #store: Kv;
  readonly #clock: Clock;

  constructor(store: Kv, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /**
   * Throws `RATE_LIMITED` when there were too many failures. Otherwise the guess counts for the handle until
   * `succeeded`: parallel guesses find no moment in which none of them counts yet. For the address only failures count,
   * since many people may sign in from one at the same time.
   */
  begin(handle: string, address: string): Promise<Guess> {
    return this.#begin((window) => guessesAtHandle(handle, window), address);
  }

  /** The same for a user who is signed in, whom strangers that guess at the handle must not keep from the own account. */
  beginWithin(userId: UserId, address: string): Promise<Guess> {
    return this.#begin((window) => guessesWithin(userId, window), address);
  }

  async #begin(target: (window: number) => string, address: string): Promise<Guess> {
    const now = this.#clock.now();
    const window = Math.floor(now / WINDOW_MS);
    const ofTarget = target(window);
    const ofAddress = guessesFrom(address, window);
    const [count, failures] = await Promise.all([this.#add(ofTarget, 1), this.#store.hashGet(ofAddress, COUNT)]);
    if (count > AT_HANDLE_MAX || Number(failures ?? 0) >= FROM_ADDRESS_MAX) {
      throw new ReplyError("RATE_LIMITED", { retryAfterMs: (window + 1) * WINDOW_MS - now });
    }
    return {
      failed: async () => void (await this.#add(ofAddress, 1)),
      succeeded: async () => void (await this.#add(ofTarget, -1)),
    };
  }

  async #add(key: string, by: number): Promise<number> {
    const [count] = await Promise.all([
      this.#store.hashIncrement(key, COUNT, by),
      this.#store.expire(key, KEPT_SECONDS),
    ]);
    return count;
  }
}

export interface Guess {
  failed(): Promise<void>;
  succeeded(): Promise<void>;
}
