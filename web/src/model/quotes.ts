import type { ChatId, Message as LogEntry } from "@parley/protocol";
import { limits } from "@parley/protocol";
import { makeAutoObservable, observable, runInAction } from "mobx";
import { fromLog, type Message } from "./message.ts";
import type { Talk } from "./talk.ts";

/** Messages that are quoted and not loaded; beyond, those met the longest ago are asked for again. */
const QUOTES_MAX = 500;

/** Messages that others refer to, wherever in the log they are. */
export class Quotes {
  /** Null: not there for the user. */
  readonly #bySeq = observable.map<number, Message | null>(undefined, { deep: false });
  readonly #wanted = new Set<number>();
  #asking = false;
  readonly #chatId: ChatId;
  readonly #talk: Talk;
  readonly #met: (messages: readonly Message[]) => void;

  constructor(chatId: ChatId, talk: Talk, met: (messages: readonly Message[]) => void) {
    this.#chatId = chatId;
    this.#talk = talk;
    this.#met = met;
    makeAutoObservable(this);
  }

  /** Undefined until it is known. */
  get(seq: number): Message | null | undefined {
    return this.#bySeq.get(seq);
  }

  want(seq: number): void {
    if (this.#bySeq.has(seq)) return;
    this.#wanted.add(seq);
    void this.#ask();
  }

  /** Entries that are other ones now. */
  revise(entries: readonly LogEntry[]): void {
    for (const entry of entries) if (this.#bySeq.has(entry.seq)) this.#bySeq.set(entry.seq, fromLog(entry));
  }

  forget(): void {
    this.#bySeq.clear();
  }

  async #ask(): Promise<void> {
    if (this.#asking) return;
    this.#asking = true;
    try {
      // Those that are wanted in one turn are asked for together.
      await Promise.resolve();
      while (this.#wanted.size > 0) {
        const seqs = [...this.#wanted].slice(0, limits.SEQS_MAX);
        for (const seq of seqs) this.#wanted.delete(seq);
        const { messages } = await this.#talk.request("message.get", { chatId: this.#chatId, seqs });
        runInAction(() => this.#take(seqs, messages));
      }
    } catch {
      // Asked for again when the quoting message is drawn anew.
      this.#wanted.clear();
    } finally {
      this.#asking = false;
    }
  }

  #take(seqs: readonly number[], entries: readonly LogEntry[]): void {
    const found = new Map(entries.map((entry) => [entry.seq, fromLog(entry)]));
    for (const seq of seqs) this.#bySeq.set(seq, found.get(seq) ?? null);
    for (const oldest of this.#bySeq.keys()) {
      if (this.#bySeq.size <= QUOTES_MAX) break;
      this.#bySeq.delete(oldest);
    }
    this.#met([...found.values()].filter((message) => message !== null));
  }
}
