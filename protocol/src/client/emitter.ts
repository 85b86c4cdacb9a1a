/** Typed listeners. A listener that throws harms neither the other listeners nor who emits. */
export class Emitter<Events> {
  readonly #listeners = new Map<keyof Events, Set<(value: never) => void>>();
  readonly #failed: (event: keyof Events, error: unknown) => void;

  constructor(failed: (event: keyof Events, error: unknown) => void) {
    this.#failed = failed;
  }

  on<E extends keyof Events>(event: E, listener: (value: Events[E]) => void): () => void {
    const set = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, set);
    set.add(listener);
    return () => {
      set.delete(listener);
    };
  }

  emit<E extends keyof Events>(event: E, value: Events[E]): void {
    for (const listener of [...(this.#listeners.get(event) ?? [])]) {
      try {
        (listener as (value: Events[E]) => void)(value);
      } catch (error) {
        this.#failed(event, error);
      }
    }
  }
}
