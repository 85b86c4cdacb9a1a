import type { Peer } from "../live/caller.ts";
import { metrics } from "../metrics.ts";

export interface Retirable extends Pick<Peer, "close"> {
  /** Answers what is in flight, then closes with `restart`: what has no answer then was not begun. */
  retire(farewell: Farewell): void;
}

/** When clients may come back: milliseconds from now, and over which they spread. */
export interface Farewell {
  readonly after: number;
  readonly spread: number;
}

/** The connections of this node, until their sockets are gone. */
export class Connections {
  readonly #all = new Set<Retirable>();
  readonly #sentAway = new WeakSet<Retirable>();
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

  /** Sends so many of them away, those first that came first; they are still here until their sockets are gone. */
  sendAway(count: number, farewell: Farewell): void {
    let left = count;
    for (const connection of this.#all) {
      if (left <= 0) return;
      if (this.#sentAway.has(connection)) continue;
      this.#sentAway.add(connection);
      connection.retire(farewell);
      left -= 1;
    }
  }

  /**
   * Closes them all with `restart`: each as soon as what it asked for is answered, and after the time that `patience`
   * measures whatever it waits for. Resolves when the last socket is gone.
   */
  async retire(farewell: Farewell, patience: (job: () => void) => () => void): Promise<void> {
    const gone = new Promise<void>((resolve) => {
      this.#whenEmpty = resolve;
      if (this.#all.size === 0) resolve();
    });
    this.sendAway(this.#all.size, farewell);
    const cancel = patience(() => {
      for (const connection of this.#all) connection.close("restart", JSON.stringify(farewell));
    });
    await gone;
    cancel();
  }
}
