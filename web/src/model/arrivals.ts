import type { Clock } from "@parley/protocol";

/** Who writes five letters a second gives a good moment after each; nothing waits longer than that. */
const WAIT_MAX_MS = 200;
/** What a busy server sends in such a time, many times over; beyond, nothing more is held back. */
const HELD_MAX = 1_000;

/** When news may be shown without standing between a key and its letter. */
export interface Pace {
  /** Somebody is writing just now. */
  writing(): boolean;
  /** Calls each time a letter has been painted. */
  onPainted(run: () => void): void;
}

/** Where nobody writes. */
export const NO_PACE: Pace = { writing: () => false, onPainted: () => {} };

/**
 * What is told, in its order. While somebody writes, news wait until their letter is painted and are then shown together: one
 * drawing of the lists in place of many, and none of them before the letter.
 */
export class Arrivals<Told> {
  readonly #show: (told: readonly Told[]) => void;
  readonly #pace: Pace;
  readonly #clock: Clock;
  #held: Told[] = [];
  #cancel: () => void = () => {};

  constructor(show: (told: readonly Told[]) => void, pace: Pace, clock: Clock) {
    this.#show = show;
    this.#pace = pace;
    this.#clock = clock;
    pace.onPainted(() => this.flush());
  }

  /** `mayWait`: nobody here has asked for it, so that nobody waits for it. */
  tell(told: Told, mayWait: boolean): void {
    const waits = mayWait && this.#pace.writing();
    if (waits && this.#held.length === 0) this.#cancel = this.#clock.after(WAIT_MAX_MS, () => this.flush());
    this.#held.push(told);
    if (!waits || this.#held.length >= HELD_MAX) this.flush();
  }

  /** Shows what is held back. */
  flush(): void {
    if (this.#held.length === 0) return;
    this.#cancel();
    const told = this.#held;
    this.#held = [];
    this.#show(told);
  }
}
