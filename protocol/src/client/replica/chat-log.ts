import type { Message } from "../../schema/message.ts";

/** Entries of one chat that may wait for an earlier one; what does not fit is fetched again. */
export const EARLY_MAX = 200;

/**
 * How far one chat is known, without gaps (SPEC S3). Entries come in from pushes, pages and acknowledgements in any
 * order and any number of times; what comes out is each entry once, in order.
 */
export class ChatLog {
  #applied: number;
  /** Until a page told where the newest entries begin, nothing but seq 1 can be placed. */
  #placed: boolean;
  #highest: number;
  readonly #early = new Map<number, Message>();

  /** `applied` 0 and `placed` false for a chat of which nothing is known. */
  constructor(applied: number, placed: boolean) {
    this.#applied = applied;
    this.#placed = placed;
    this.#highest = applied;
  }

  get applied(): number {
    return this.#applied;
  }

  get placed(): boolean {
    return this.#placed;
  }

  /** Something after `applied` is known to exist and is not here. */
  get behind(): boolean {
    return this.#placed && this.#highest > this.#applied;
  }

  /** Entries that are surely missing, as far as is known. */
  get gap(): number {
    return this.behind ? this.#highest - this.#applied - this.#early.size : 0;
  }

  /** The server has entries up to `head`. */
  heardOf(head: number): void {
    this.#highest = Math.max(this.#highest, head);
  }

  /** Answers what can be told now. */
  offer(messages: readonly Message[]): Message[] {
    const told: Message[] = [];
    for (const message of messages) {
      this.heardOf(message.seq);
      if (message.seq <= this.#applied) continue;
      if (message.seq === 1) this.#placed = true;
      if (this.#placed && message.seq === this.#applied + 1) {
        this.#tell(message, told);
        this.#drain(told);
      } else if (this.#early.size < EARLY_MAX) this.#early.set(message.seq, message);
    }
    return told;
  }

  /** These are the newest entries, up to `head`; what was before is forgotten. Answers what can be told now. */
  restart(messages: readonly Message[], head: number): Message[] {
    this.#applied = messages.at(-1)?.seq ?? head;
    this.#placed = true;
    this.#highest = Math.max(head, this.#applied);
    const told = [...messages];
    for (const seq of this.#early.keys()) {
      if (seq <= this.#applied) this.#early.delete(seq);
      else this.heardOf(seq);
    }
    this.#drain(told);
    return told;
  }

  /** The log was rewritten: what waited belongs to another one. */
  forgetEarly(): void {
    this.#early.clear();
    this.#highest = this.#applied;
  }

  #drain(told: Message[]): void {
    for (let next = this.#early.get(this.#applied + 1); next; next = this.#early.get(this.#applied + 1)) {
      this.#early.delete(next.seq);
      this.#tell(next, told);
    }
  }

  #tell(message: Message, told: Message[]): void {
    this.#applied = message.seq;
    told.push(message);
  }
}

/** Pages of a log have no holes; one that has is not from this log. */
export function isContiguous(messages: readonly Message[]): boolean {
  return messages.every((message, i) => i === 0 || message.seq === (messages[i - 1]?.seq ?? 0) + 1);
}
