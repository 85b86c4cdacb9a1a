import { monitorEventLoopDelay } from "node:perf_hooks";

/** Milliseconds between two samples: ten a second are as good as none. */
const SAMPLE_MS = 100;
const NANOSECONDS = 1e6;

/** By how much the event loop is late: what a request waits before anybody looks at it. */
export class LoopLag {
  readonly #histogram = monitorEventLoopDelay({ resolution: SAMPLE_MS });
  #lastMs = 0;
  #readAt = 0;

  constructor() {
    this.#histogram.enable();
  }

  /** The 99th percentile since the last look that was a second ago or more. */
  get ms(): number {
    const now = performance.now();
    if (now - this.#readAt < 1000 || this.#histogram.count === 0) return this.#lastMs;
    this.#readAt = now;
    this.#lastMs = Math.max(0, Math.round(this.#histogram.percentile(99) / NANOSECONDS - SAMPLE_MS));
    this.#histogram.reset();
    return this.#lastMs;
  }

  stop(): void {
    this.#histogram.disable();
  }
}
