import type { Entry } from "../../records/entry.ts";

/** A send in its line, until it and all before it have their answers. */
export interface SendPlace {
  /** The message, once the store has been asked for its append and for nothing else; null: its send takes longer. */
  asked: Pick<Entry, "clientId" | "sentAt"> | null;
  /** Never rejects. */
  readonly over: Promise<unknown>;
}

/**
 * Sends that have to keep their order: those of one connection to one chat. They need not wait for each other's answers:
 * who follows one whose append is under way has the store append behind that, or not at all. There are as many places as
 * requests in flight.
 */
export class SendLines {
  readonly #last = new Map<string, SendPlace>();

  /** Calls `send` at once, with its place and with the one before it, which is null if that is over. */
  run<T>(line: string, send: (own: SendPlace, before: SendPlace | null) => Promise<T>): Promise<T> {
    const before = this.#last.get(line) ?? null;
    let end: (value: unknown) => void = () => {};
    const over = new Promise<unknown>((resolve) => {
      end = resolve;
    });
    const own: SendPlace = { asked: null, over };
    this.#last.set(line, own);
    const sent = send(own, before);
    const ended = () => {
      if (this.#last.get(line) === own) this.#last.delete(line);
      end(undefined);
    };
    // One that was refused at once still stands between its neighbours.
    const settled = () => (before === null ? ended() : void before.over.then(ended));
    sent.then(settled, settled);
    return sent;
  }
}
