/** Waits shorter than this are left to add up: timers are not that exact. */
const WAIT_MIN_MS = 20;

/** How fast bytes may pass, all that share it taken together. What was not used is not saved up. */
export class Pace {
  readonly #bytesPerMs: number;
  #paidUntil = 0;

  constructor(bytesPerSecond: number) {
    this.#bytesPerMs = bytesPerSecond / 1000;
  }

  /** Milliseconds to wait before the next bytes, at a time in milliseconds. */
  pass(bytes: number, now: number): number {
    this.#paidUntil = Math.max(this.#paidUntil, now) + bytes / this.#bytesPerMs;
    const waitMs = this.#paidUntil - now;
    return waitMs < WAIT_MIN_MS ? 0 : waitMs;
  }
}
