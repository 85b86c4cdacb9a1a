import type { Random } from "../platform.ts";

/** First ceiling of the wait: most losses are over in a moment. */
export const BACKOFF_BASE_MS = 500;
/** Last ceiling: with the time to connect and to catch up, all is well half a minute after what was broken is mended. */
export const BACKOFF_CAP_MS = 20_000;

/**
 * Full jitter: a wait drawn evenly from zero to a ceiling that doubles with each failure, so that thousands of
 * clients that lost one server at one instant do not return at one instant.
 */
export class Backoff {
  readonly #random: Random;
  #failures = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  get failures(): number {
    return this.#failures;
  }

  /** `atLeastMs`: what the other side asked for; the jitter comes on top of it. */
  next(atLeastMs = 0): number {
    const ceiling = Math.min(BACKOFF_CAP_MS, BACKOFF_BASE_MS * 2 ** this.#failures);
    this.#failures = Math.min(this.#failures + 1, 16);
    return atLeastMs + Math.floor(this.#random.fraction() * ceiling);
  }

  reset(): void {
    this.#failures = 0;
  }
}
