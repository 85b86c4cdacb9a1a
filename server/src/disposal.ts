/** What has to be undone, in reverse. Every job runs, whatever another one throws. */
export class Disposal {
  #jobs: (() => void | Promise<void>)[] = [];
  #running: Promise<void> | null = null;

  defer(job: () => void | Promise<void>): void {
    this.#jobs.push(job);
  }

  /** Idempotent. Rejects with the first failure, after the last job. */
  run(): Promise<void> {
    this.#running ??= this.#runAll();
    return this.#running;
  }

  async #runAll(): Promise<void> {
    const failures: unknown[] = [];
    for (const job of this.#jobs.reverse()) {
      try {
        await job();
      } catch (error) {
        failures.push(error);
      }
    }
    this.#jobs = [];
    if (failures.length > 0) throw failures[0];
  }
}
