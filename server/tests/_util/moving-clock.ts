import type { Clock } from "@parley/protocol";
import { systemClock } from "../../src/platform.ts";

interface Timer {
  readonly at: number;
  fire(): void;
}

/** Real time that can be set forward: then whatever was to happen meanwhile happens at once. */
export class MovingClock implements Clock {
  #aheadMs = 0;
  readonly #timers = new Set<Timer>();

  forward(ms: number): void {
    this.#aheadMs += ms;
    const now = this.monotonic();
    const due = [...this.#timers].filter(({ at }) => at <= now).sort((a, b) => a.at - b.at);
    for (const timer of due) timer.fire();
  }

  now(): number {
    return systemClock.now() + this.#aheadMs;
  }

  monotonic(): number {
    return systemClock.monotonic() + this.#aheadMs;
  }

  after(delayMs: number, job: () => void): () => void {
    const cancel = () => {
      this.#timers.delete(timer);
      stop();
    };
    const timer: Timer = {
      at: this.monotonic() + delayMs,
      fire() {
        if (!clock.#timers.has(timer)) return;
        cancel();
        job();
      },
    };
    const clock = this;
    const stop = systemClock.after(delayMs, () => timer.fire());
    this.#timers.add(timer);
    return cancel;
  }
}
