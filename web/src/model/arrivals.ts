import type { Clock } from "@parley/protocol";

/** Who writes five letters a second gives a good moment after each; nothing waits longer than that. */
const WAIT_MAX_MS = 200;
/** What a busy server sends in such a time, many times over; beyond, nothing more is held back. */
const HELD_MAX = 1_000;
/** Half a dozen messages with what comes with each may be shown at once, and ten a second after them: no eye follows more. */
const CROWD = 24;
const CROWD_PER_SECOND = 40;

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
 * drawing of the lists in place of many, and none of them before the letter. So do news that crowd in, for the first letter:
 * were each drawn as it comes, the browser would never be at rest when that is pressed.
 */
export class Arrivals<Told> {
  readonly #show: (told: readonly Told[]) => void;
  readonly #pace: Pace;
  readonly #clock: Clock;
  #held: Told[] = [];
  /** How many news came just now; it runs out with time. */
  #crowd = 0;
  #crowdAt: number;
  #cancel: () => void = () => {};

  constructor(show: (told: readonly Told[]) => void, pace: Pace, clock: Clock) {
    this.#show = show;
    this.#pace = pace;
    this.#clock = clock;
    this.#crowdAt = clock.monotonic();
    pace.onPainted(() => this.flush());
  }

  /** `mayWait`: nobody here has asked for it, so that nobody waits for it. */
  tell(told: Told, mayWait: boolean): void {
    const waits = mayWait && (this.#crowded() || this.#pace.writing());
    if (waits && this.#held.length === 0) this.#cancel = this.#clock.after(WAIT_MAX_MS, () => this.flush());
    this.#held.push(told);
    if (!waits || this.#held.length >= HELD_MAX) this.flush();
  }

  /** Counts one more. */
  #crowded(): boolean {
    const now = this.#clock.monotonic();
    const left = this.#crowd - ((now - this.#crowdAt) * CROWD_PER_SECOND) / 1_000;
    this.#crowdAt = now;
    // No more than that: it is over soon after the last.
    this.#crowd = Math.min(Math.max(0, left) + 1, CROWD + 1);
    return this.#crowd > CROWD;
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
