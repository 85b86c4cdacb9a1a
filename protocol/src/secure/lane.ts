import type { Awaitable } from "./crypto.ts";

/**
 * Runs jobs one at a time in the order they came, each after the promise of the one before. Jobs that answer at once
 * run at once: with a synchronous provider no promise is made. Holds a bounded weight of waiting jobs.
 */
export class Lane {
  readonly #maxWeight: number;
  readonly #failed: (error: unknown) => void;
  #waiting: { readonly weight: number; run(): Awaitable<void> }[] = [];
  #weight = 0;
  #busy = false;

  constructor(maxWeight: number, failed: (error: unknown) => void) {
    this.#maxWeight = maxWeight;
    this.#failed = failed;
  }

  /** False when there is no room; the job is not taken then. There is always room for one job, and for one without weight. */
  push(weight: number, run: () => Awaitable<void>): boolean {
    if (weight > 0 && this.#weight > 0 && this.#weight + weight > this.#maxWeight) return false;
    this.#waiting.push({ weight, run });
    this.#weight += weight;
    if (!this.#busy) this.#work();
    return true;
  }

  /** Drops what waits; a job that runs is not interrupted. */
  clear(): void {
    for (const { weight } of this.#waiting) this.#weight -= weight;
    this.#waiting = [];
  }

  #work(): void {
    this.#busy = true;
    for (let job = this.#waiting.shift(); job; job = this.#waiting.shift()) {
      const { weight } = job;
      const running = this.#run(job);
      if (running !== undefined) {
        void running.then(() => {
          this.#weight -= weight;
          this.#work();
        });
        return;
      }
      this.#weight -= weight;
    }
    this.#busy = false;
  }

  /** A promise only when the job made one; it never rejects. */
  #run(job: { run(): Awaitable<void> }): Promise<void> | undefined {
    try {
      const result = job.run();
      return result instanceof Promise ? result.catch(this.#failed) : undefined;
    } catch (error) {
      this.#failed(error);
      return undefined;
    }
  }
}
