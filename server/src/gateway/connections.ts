import type { Peer } from "../live/caller.ts";
import { metrics } from "../metrics.ts";

export interface Retirable extends Pick<Peer, "close"> {
  /** Answers what is in flight, then closes with `restart`. */
  retire(detail: string): void;
}

/** The connections of this node, until their sockets are gone. */
export class Connections {
  readonly #all = new Set<Retirable>();
  #whenEmpty: (() => void) | null = null;

  get size(): number {
    return this.#all.size;
  }

  add(connection: Retirable): void {
    if (this.#all.size < this.#all.add(connection).size) metrics.connections.add();
  }

  remove(connection: Retirable): void {
    if (this.#all.delete(connection)) metrics.connections.add(-1);
    if (this.#all.size === 0) this.#whenEmpty?.();
  }

  /**
   * Closes them all with `restart`: each as soon as what it asked for is answered, and after the time that `patience`
   * measures whatever it waits for. Resolves when the last socket is gone.
   */
  async retire(detail: string, patience: (job: () => void) => () => void): Promise<void> {
    const gone = new Promise<void>((resolve) => {
      this.#whenEmpty = resolve;
      if (this.#all.size === 0) resolve();
    });
    for (const connection of this.#all) connection.retire(detail);
    const cancel = patience(() => {
      for (const connection of this.#all) connection.close("restart", detail);
    });
    await gone;
    cancel();
  }
}
