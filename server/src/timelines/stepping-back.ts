/** Longest that a thread goes on, as far as it asks: about what the main loop takes to answer a request. */
const STRETCH_MS = 0.5;
/** The shortest sleep there is; the system makes some fifty microseconds of it. */
const PAUSE_MS = 0.001;

/** Nobody ever changes it, so waiting for it is sleeping. */
const never = new Int32Array(new SharedArrayBuffer(4));

/**
 * On a single core the main loop waits while this thread runs: a system lets a thread that has begun go on for up to some
 * milliseconds, whatever its priority. So it steps back by itself, between the parts of a long page: who is waiting has
 * the core at once, and nobody loses more than the pause.
 */
export class SteppingBack {
  readonly #now: () => number;
  readonly #pause: () => void;
  #since: number;

  constructor(now = () => performance.now(), pause = () => void Atomics.wait(never, 0, 0, PAUSE_MS)) {
    this.#now = now;
    this.#pause = pause;
    this.#since = now();
  }

  /** To be called where a long job has come to the end of a part. */
  between(): void {
    if (this.#now() - this.#since < STRETCH_MS) return;
    this.#pause();
    this.#since = this.#now();
  }
}
