import type { Clock } from "../../platform.ts";

/** A line that is gone without a word is noticed by TCP after many minutes, or never. */
export const STALL_MS = 60_000;

/** Aborts one request when nothing has come of it for too long, or when its owner gives it up. */
export class StallGuard {
  readonly #clock: Clock;
  readonly #owner: AbortSignal;
  readonly #abort = new AbortController();
  readonly #give = (): void => this.#abort.abort();
  #cancel: () => void = () => {};

  constructor(clock: Clock, owner: AbortSignal) {
    this.#clock = clock;
    this.#owner = owner;
    if (owner.aborted) this.#give();
    owner.addEventListener("abort", this.#give);
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Something has come, or is to come from now on. */
  expect(): void {
    this.#cancel();
    this.#cancel = this.#clock.after(STALL_MS, this.#give);
  }

  /** Nothing is waited for: who reads takes its time. */
  rest(): void {
    this.#cancel();
  }

  end(): void {
    this.#cancel();
    this.#owner.removeEventListener("abort", this.#give);
  }
}
