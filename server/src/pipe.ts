/** One end of the channel between a process and a child that it forked: `ChildProcess`, or `process` in the child. */
export interface PipeEnd {
  send(message: unknown, done: (error: Error | null) => void): void;
  on(event: "message", hear: (message: unknown) => void): unknown;
  once(event: "disconnect", hear: () => void): unknown;
}

/** The other end has refused an ask; `reason` is the name of its error. */
export class PipeRefusal extends Error {
  override readonly name = "PipeRefusal";
  readonly reason: string;

  constructor(reason: string, message: string) {
    super(message);
    this.reason = reason;
  }
}

/** The other end is gone: whether it did what it was asked is not known. */
export class PipeClosed extends Error {
  override readonly name = "PipeClosed";
}

type Item =
  | readonly [kind: "tell", topic: string, body: unknown]
  | readonly [kind: "ask", topic: string, body: unknown, id: number]
  | readonly [kind: "answer", id: number, value: unknown]
  | readonly [kind: "refusal", id: number, reason: string, message: string];

interface Asked {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** Unanswered asks, about 1 KB each; the store's own queue is as long. */
const ASKED_MAX = 50_000;

/**
 * Tells, and asks with answers, in the order in which they were made. What is said in one turn of the event loop goes
 * as one message: a message costs more than what is in it.
 */
export class Pipe {
  readonly #end: PipeEnd;
  readonly #asked = new Map<number, Asked>();
  readonly #hearers = new Map<string, (body: unknown) => void>();
  readonly #answerers = new Map<string, (body: unknown) => unknown>();
  #outgoing: Item[] = [];
  #unsent = 0;
  #lastId = 0;
  #closed = false;
  #onDrained: () => void = () => {};
  #onClosed: () => void = () => {};

  constructor(end: PipeEnd) {
    this.#end = end;
    end.on("message", (message) => this.#receive(message));
    end.once("disconnect", () => this.#close());
  }

  /** Items that the system has not taken yet: grows when the other end does not read. */
  get unsent(): number {
    return this.#unsent;
  }

  get closed(): boolean {
    return this.#closed;
  }

  tell(topic: string, body: unknown): void {
    this.#put(["tell", topic, body]);
  }

  /** Rejects with `PipeRefusal` or `PipeClosed`. */
  ask(topic: string, body: unknown): Promise<unknown> {
    if (this.#closed) return Promise.reject(new PipeClosed("The other process is gone"));
    if (this.#asked.size >= ASKED_MAX) return Promise.reject(new PipeClosed("The other process does not keep up"));
    return new Promise((resolve, reject) => {
      this.#lastId += 1;
      this.#asked.set(this.#lastId, { resolve, reject });
      this.#put(["ask", topic, body, this.#lastId]);
    });
  }

  /** One for each topic. */
  onTell(topic: string, hear: (body: unknown) => void): void {
    this.#hearers.set(topic, hear);
  }

  /** One for each topic; what it answers or throws is handed over. */
  onAsk(topic: string, answer: (body: unknown) => unknown): void {
    this.#answerers.set(topic, answer);
  }

  /** Called whenever the system has taken all that was said. */
  onDrained(hear: () => void): void {
    this.#onDrained = hear;
  }

  /** Resolves when the system has taken all that was said. */
  async flushed(): Promise<void> {
    while (this.#unsent > 0 && !this.#closed) await new Promise((resolve) => setImmediate(resolve));
  }

  onClosed(hear: () => void): void {
    this.#onClosed = hear;
  }

  #put(item: Item): void {
    if (this.#closed) return;
    this.#unsent += 1;
    this.#outgoing.push(item);
    if (this.#outgoing.length === 1) setImmediate(() => this.#flush());
  }

  #flush(): void {
    const items = this.#outgoing;
    this.#outgoing = [];
    // An error is that of a channel which has closed, and that is told by `disconnect`.
    this.#end.send(items, () => {
      this.#unsent -= items.length;
      if (this.#unsent === 0) this.#onDrained();
    });
  }

  #receive(message: unknown): void {
    // A debugger or a benchmark may use the same channel.
    if (!Array.isArray(message)) return;
    for (const item of message as Item[]) this.#hear(item);
  }

  #hear(item: Item): void {
    switch (item[0]) {
      case "tell":
        return this.#hearers.get(item[1])?.(item[2]);
      case "ask":
        return void this.#answer(item[1], item[2], item[3]);
      case "answer":
        return this.#take(item[1])?.resolve(item[2]);
      case "refusal":
        return this.#take(item[1])?.reject(new PipeRefusal(item[2], item[3]));
      default:
        return item satisfies never;
    }
  }

  async #answer(topic: string, body: unknown, id: number): Promise<void> {
    try {
      const answer = this.#answerers.get(topic);
      if (answer === undefined) throw new Error(`Nobody answers to ${topic}`);
      this.#put(["answer", id, await answer(body)]);
    } catch (error) {
      const { name, message } = error instanceof Error ? error : new Error(String(error));
      this.#put(["refusal", id, name, message]);
    }
  }

  #take(id: number): Asked | undefined {
    const asked = this.#asked.get(id);
    this.#asked.delete(id);
    return asked;
  }

  #close(): void {
    this.#closed = true;
    for (const { reject } of this.#asked.values()) reject(new PipeClosed("The other process is gone"));
    this.#asked.clear();
    this.#onClosed();
  }
}

/** Of a process that was forked: its end of the channel to its parent. */
export function parentEnd(): PipeEnd {
  return {
    send: (message, done) => void process.send?.(message, undefined, {}, done),
    on: (event, hear) => process.on(event, hear),
    once: (event, hear) => process.once(event, hear),
  };
}
