import type { Clock } from "@parley/protocol";
import { systemClock } from "../../src/platform.ts";

/** Real time, set forward at will: timers run as they do, `now` jumps. */
export class MovingClock implements Clock {
  #aheadMs = 0;

  forward(ms: number): void {
    this.#aheadMs += ms;
  }

  now(): number {
    return systemClock.now() + this.#aheadMs;
  }

  monotonic(): number {
    return systemClock.monotonic();
  }

  after(delayMs: number, job: () => void): () => void {
    return systemClock.after(delayMs, job);
  }
}
