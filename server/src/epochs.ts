import type { EpochSource } from "./domain/service-deps.ts";

/** Carries the store's epoch from the driver, which notices a new one, to those who must know. */
export class Epochs implements EpochSource {
  readonly #listeners = new Set<(epoch: string) => void>();
  #current = "";

  current(): string {
    return this.#current;
  }

  onChange(listener: (epoch: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  set(epoch: string): void {
    if (epoch === this.#current) return;
    const first = this.#current === "";
    this.#current = epoch;
    if (!first) for (const listener of this.#listeners) listener(epoch);
  }
}
