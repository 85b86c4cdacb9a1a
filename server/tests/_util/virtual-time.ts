import type { Clock, Random } from "@parley/protocol";

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

interface Timer {
  readonly at: number;
  readonly order: number;
  job: (() => void) | null;
}

/** Time that jumps from one event to the next, so that hours pass in milliseconds and always in the same order. */
export class VirtualTime implements Clock {
  #now = 0;
  #orders = 0;
  /** By time, then by the order in which they were set. */
  readonly #timers: Timer[] = [];

  now(): number {
    return Math.floor(this.#now);
  }

  monotonic(): number {
    return this.#now;
  }

  after(delayMs: number, job: () => void): () => void {
    const timer: Timer = { at: this.#now + Math.max(0, delayMs), order: this.#orders++, job };
    let from = 0;
    let to = this.#timers.length;
    while (from < to) {
      const middle = (from + to) >> 1;
      if ((this.#timers[middle]?.at ?? Infinity) <= timer.at) from = middle + 1;
      else to = middle;
    }
    this.#timers.splice(from, 0, timer);
    return () => {
      timer.job = null;
    };
  }

  /** Until nothing is left to happen, or the time has come. */
  async run(untilMs = Infinity): Promise<void> {
    await settled();
    for (let next = this.#timers[0]; next !== undefined && next.at <= untilMs; next = this.#timers[0]) {
      this.#timers.shift();
      if (next.job === null) continue;
      this.#now = next.at;
      next.job();
      await settled();
    }
    if (untilMs !== Infinity) this.#now = untilMs;
  }
}

/** Everything that promises have set going is done. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/**
 * A process: while it stalls, nothing reaches it and its own timers wait, and then all comes in its order; once it has
 * crashed, nothing ever does.
 */
export class SimulatedProcess implements Clock {
  readonly #time: VirtualTime;
  #stalledUntil = 0;
  #crashed = false;

  constructor(time: VirtualTime) {
    this.#time = time;
  }

  now(): number {
    return this.#time.now();
  }

  monotonic(): number {
    return this.#time.monotonic();
  }

  after(delayMs: number, job: () => void): () => void {
    let cancel = () => {};
    const run = () => {
      if (this.#crashed) return;
      const left = this.#stalledUntil - this.#time.monotonic();
      if (left > 0) cancel = this.#time.after(left, run);
      else job();
    };
    cancel = this.#time.after(delayMs, run);
    return () => cancel();
  }

  /** Something arrives: now, or when the process goes on. */
  reach(job: () => void): void {
    if (this.#crashed) return;
    if (this.#stalledUntil > this.#time.monotonic()) this.after(0, job);
    else job();
  }

  get crashed(): boolean {
    return this.#crashed;
  }

  get stalledUntil(): number {
    return this.#stalledUntil;
  }

  stall(ms: number): void {
    this.#stalledUntil = Math.max(this.#stalledUntil, this.#time.monotonic() + ms);
  }

  crash(): void {
    this.#crashed = true;
  }
}
