/** Runs jobs, so many at once, in the order they were given. */
export class JobQueue {
  readonly #atOnce: number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(atOnce: number) {
    this.#atOnce = atOnce;
  }

  async run<T>(job: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#atOnce) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#running++;
    try {
      return await job();
    } finally {
      // The place is handed on, so that a job given in between cannot take it.
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running--;
    }
  }
}
