/** A worker that served for so long died of something new. */
const STEADY_MS = 60_000;
const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 10_000;
/** In a row, about a minute of trying; then it will not help to go on, unless others serve. */
const USELESS_AFTER = 10;

/** When a worker that died is started again. */
export class Restarts {
  #inRow = 0;

  /** Answers how long to wait. */
  died(livedMs: number): number {
    this.#inRow = livedMs >= STEADY_MS ? 1 : this.#inRow + 1;
    return Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (this.#inRow - 1));
  }

  get useless(): boolean {
    return this.#inRow >= USELESS_AFTER;
  }
}
