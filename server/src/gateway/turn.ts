/** Something with output to write at the end of a turn of the event loop. */
export interface Flushable {
  /** Must not throw. */
  flush(): void;
}

/**
 * Gathers what becomes ready in one turn, so that each connection seals and writes once: a system call per delivery
 * would be most of the cost of a busy group. One immediate serves all connections of the node.
 */
export class Turn {
  #waiting: Flushable[] = [];
  #scheduled = false;

  /** Call once per turn and connection, when its first output is queued. */
  add(output: Flushable): void {
    this.#waiting.push(output);
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(this.#end);
  }

  readonly #end = (): void => {
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#scheduled = false;
    for (const output of waiting) output.flush();
  };
}
