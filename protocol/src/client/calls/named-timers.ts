import type { Clock } from "../../platform.ts";

/** One timer a name. */
export class NamedTimers<Name extends string> {
  readonly #clock: Clock;
  readonly #cancels = new Map<Name, () => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** In place of one of this name that runs. */
  start(name: Name, delayMs: number, job: () => void): void {
    this.stop(name);
    const cancel = this.#clock.after(delayMs, () => {
      this.#cancels.delete(name);
      job();
    });
    this.#cancels.set(name, cancel);
  }

  has(name: Name): boolean {
    return this.#cancels.has(name);
  }

  stop(name: Name): void {
    this.#cancels.get(name)?.();
    this.#cancels.delete(name);
  }

  stopAll(): void {
    for (const cancel of this.#cancels.values()) cancel();
    this.#cancels.clear();
  }
}
