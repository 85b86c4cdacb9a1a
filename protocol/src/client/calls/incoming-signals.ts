import type { Signal } from "../../schema/call.ts";

/** Signals that came before their turn; the burst of one description. */
const HELD_MAX = 64;

/** Puts the signals of one link in order; each is told once. */
export class IncomingSignals {
  #next = 1;
  readonly #held = new Map<number, Signal>();

  /** Those whose turn it is now. */
  take(number: number, signal: Signal): Signal[] {
    if (number < this.#next || this.#held.size >= HELD_MAX) return [];
    this.#held.set(number, signal);
    const due: Signal[] = [];
    for (let next = this.#held.get(this.#next); next !== undefined; next = this.#held.get(this.#next)) {
      this.#held.delete(this.#next);
      this.#next += 1;
      due.push(next);
    }
    return due;
  }

  /** One before those that came is missing. */
  get hasHole(): boolean {
    return this.#held.size > 0;
  }
}
