import type { Pipe } from "../pipe.ts";
import type { Bus, BusListener, BusMessage } from "./bus.ts";

export const BUS_TOPIC = "bus";
/** Messages that the other process has not read, about 1 KB each. More means that it hangs: then dropping is better than memory. */
export const UNREAD_MAX = 10_000;
/** In a message's place: some were dropped here. */
export const HOLE = null;

/**
 * The bus of processes on one machine, by the process that forked them. A channel loses nothing and keeps the order;
 * what is dropped because somebody does not read is told as a hole.
 */
export class IpcBus implements Bus {
  readonly #pipe: Pipe;
  #listener: BusListener | null = null;
  #closed = false;
  #dropped = false;

  constructor(pipe: Pipe) {
    this.#pipe = pipe;
    pipe.onTell(BUS_TOPIC, (text) => this.#hear(text));
    pipe.onDrained(() => {
      if (!this.#dropped || this.#closed) return;
      this.#dropped = false;
      pipe.tell(BUS_TOPIC, HOLE);
    });
  }

  publish(message: BusMessage): void {
    if (this.#closed) return;
    if (this.#pipe.unsent >= UNREAD_MAX) this.#dropped = true;
    else this.#pipe.tell(BUS_TOPIC, JSON.stringify(message));
  }

  listen(listener: BusListener): void {
    this.#listener = listener;
  }

  /** The process that forked this one reads what it is told. */
  async answers(): Promise<boolean> {
    return !this.#closed && this.#pipe.unsent < UNREAD_MAX;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#listener = null;
  }

  #hear(text: unknown): void {
    if (typeof text === "string") this.#listener?.message(JSON.parse(text) as BusMessage);
    else this.#listener?.hole(null);
  }
}
