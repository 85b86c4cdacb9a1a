import type { Clock, Random } from "../src/platform.ts";

interface Timer {
  readonly at: number;
  readonly order: number;
  readonly job: () => void;
}

/** Time that jumps from one timer to the next, always in the same order. */
export class VirtualTime implements Clock {
  #now = 1_800_000_000_000;
  #orders = 0;
  readonly #timers = new Set<Timer>();

  now(): number {
    return Math.floor(this.#now);
  }

  monotonic(): number {
    return this.#now - 1_700_000_000_000;
  }

  after(delayMs: number, job: () => void): () => void {
    const timer = { at: this.#now + Math.max(0, delayMs), order: this.#orders++, job };
    this.#timers.add(timer);
    return () => {
      this.#timers.delete(timer);
    };
  }

  async pass(ms: number): Promise<void> {
    const until = this.#now + ms;
    await idle();
    for (let next = this.#next(); next && next.at <= until; next = this.#next()) await this.#step(next);
    this.#now = until;
  }

  /** Until it holds; fails when it does not within so long. */
  async until(holds: () => boolean, what: string, withinMs = 120_000): Promise<void> {
    const deadline = this.#now + withinMs;
    for (await idle(); !holds(); ) {
      const next = this.#next();
      if (next === undefined || next.at > deadline) throw new Error(`never: ${what}`);
      await this.#step(next);
    }
  }

  async #step(timer: Timer): Promise<void> {
    this.#timers.delete(timer);
    this.#now = Math.max(this.#now, timer.at);
    timer.job();
    await idle();
  }

  #next(): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers) {
      if (!first || timer.at < first.at || (timer.at === first.at && timer.order < first.order)) first = timer;
    }
    return first;
  }
}

/** Everything that promises have set going is done: neither side does real input or output. */
function idle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Random numbers that a seed repeats (mulberry32). */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  const fraction = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return { fraction, bytes: (length) => Uint8Array.from({ length }, () => Math.floor(fraction() * 256)) };
}
