import type { Clock } from "@parley/protocol";

/** Time that passes when a test says so. */
export class TestClock implements Clock {
  #now = 0;
  readonly #jobs = new Map<() => void, number>();

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#now;
  }

  after(delayMs: number, job: () => void): () => void {
    // A wrapper of its own: the same job may wait twice.
    const entry = () => job();
    this.#jobs.set(entry, this.#now + delayMs);
    return () => this.#jobs.delete(entry);
  }

  pass(ms: number): void {
    const until = this.#now + ms;
    for (;;) {
      const [job, at] = [...this.#jobs].sort((a, b) => a[1] - b[1])[0] ?? [];
      if (job === undefined || at === undefined || at > until) break;
      this.#now = at;
      this.#jobs.delete(job);
      job();
    }
    this.#now = until;
  }
}
