import type { Pipe } from "../pipe.ts";
import { BUS_TOPIC, HOLE, UNREAD_MAX } from "./ipc.ts";

/** In the process that forked the others: hands what one of them publishes to each other one. */
export class IpcHub {
  readonly #ends = new Set<End>();

  /** Until its pipe closes. */
  add(pipe: Pipe): void {
    const end = new End(pipe);
    this.#ends.add(end);
    pipe.onTell(BUS_TOPIC, (text) => this.#pass(text, end));
    pipe.onClosed(() => {
      this.#ends.delete(end);
      // It may have ended between a write and its telling of it.
      this.#pass(HOLE, end);
    });
  }

  #pass(text: unknown, from: End): void {
    for (const end of this.#ends) if (end !== from) end.tell(text);
  }
}

class End {
  readonly #pipe: Pipe;
  #dropped = false;

  constructor(pipe: Pipe) {
    this.#pipe = pipe;
    pipe.onDrained(() => {
      if (!this.#dropped) return;
      this.#dropped = false;
      pipe.tell(BUS_TOPIC, HOLE);
    });
  }

  tell(text: unknown): void {
    if (this.#pipe.unsent >= UNREAD_MAX) this.#dropped = true;
    else this.#pipe.tell(BUS_TOPIC, text);
  }
}
