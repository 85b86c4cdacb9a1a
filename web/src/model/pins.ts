import type { ChatId, Message as LogEntry } from "@parley/protocol";
import { limits } from "@parley/protocol";
import { makeAutoObservable, observableRef, runInAction } from "mobx";
import { fromLog, type Message } from "./message.ts";
import type { Talk } from "./talk.ts";

/** The pinned messages of one chat, with what they say. */
export class Pins {
  /** The one pinned last first. */
  seqs: readonly number[] = [];
  /** What they say, as far as it is there; null for those that were taken back. */
  messages: ReadonlyMap<number, Message | null> = new Map();
  #asking = false;
  #viewed = false;
  readonly #chatId: ChatId;
  readonly #talk: Talk;
  readonly #met: (messages: readonly Message[]) => void;

  /** `met` is told of the messages that are shown. */
  constructor(chatId: ChatId, talk: Talk, met: (messages: readonly Message[]) => void) {
    this.#chatId = chatId;
    this.#talk = talk;
    this.#met = met;
    makeAutoObservable(this, { seqs: observableRef, messages: observableRef });
  }

  /** Those that are there to be seen. */
  get shown(): readonly number[] {
    return this.seqs.filter((seq) => this.messages.get(seq) !== null);
  }

  has(seq: number | undefined): boolean {
    return seq !== undefined && this.seqs.includes(seq);
  }

  apply(seqs: readonly number[]): void {
    if (seqs.length === this.seqs.length && seqs.every((seq, i) => seq === this.seqs[i])) return;
    this.seqs = seqs;
    if (this.#viewed) void this.#fetch();
  }

  /** Entries are these now. */
  revise(entries: readonly LogEntry[]): void {
    if (entries.some(({ seq }) => this.messages.has(seq))) this.#learn(entries);
  }

  /** Somebody looks at the chat, or the connection is back. */
  async view(): Promise<void> {
    this.#viewed = true;
    await this.#fetch();
  }

  rest(): void {
    this.#viewed = false;
    this.messages = new Map();
  }

  async pin(seq: number, on: boolean): Promise<void> {
    await this.#talk.request("message.pin", { chatId: this.#chatId, seq, on });
  }

  async #fetch(): Promise<void> {
    const wanted = this.seqs.filter((seq) => !this.messages.has(seq)).slice(0, limits.SEQS_MAX);
    if (this.#asking || wanted.length === 0) return;
    this.#asking = true;
    try {
      const answer = await this.#talk.request("message.get", { chatId: this.#chatId, seqs: wanted });
      runInAction(() => this.#learn(answer.messages));
    } catch {
      // Asked again when the chat is opened or the connection returns.
    } finally {
      this.#asking = false;
    }
  }

  #learn(entries: readonly LogEntry[]): void {
    const pinned = entries.filter(({ seq }) => this.seqs.includes(seq));
    const found = pinned.map((entry) => [entry.seq, entry.kind === "retracted" ? null : fromLog(entry)] as const);
    this.messages = new Map([...this.messages, ...found]);
    this.#met(found.flatMap(([, message]) => message ?? []));
  }
}
