import type { ChatId, Result } from "@parley/protocol";
import { makeAutoObservable, observableRef, runInAction } from "mobx";
import { fromLog, type Message } from "./message.ts";
import type { Talk } from "./talk.ts";

export type Pin = Result<"message.pins">["pins"][number];

/** The pinned messages of one chat, with what they say. */
export class Pins {
  /** The one pinned last first. */
  list: readonly Pin[] = [];
  #messages: ReadonlyMap<number, Message> = new Map();
  #asking = false;
  #again = false;
  readonly #chatId: ChatId;
  readonly #talk: Talk;
  readonly #met: (messages: readonly Message[]) => void;

  /** `met` is told of the messages that are shown. */
  constructor(chatId: ChatId, talk: Talk, met: (messages: readonly Message[]) => void) {
    this.#chatId = chatId;
    this.#talk = talk;
    this.#met = met;
    makeAutoObservable<this, "#messages">(this, { list: observableRef, "#messages": observableRef });
  }

  has(seq: number): boolean {
    return this.list.some((pin) => pin.seq === seq);
  }

  /** Undefined while it is on its way. */
  message(seq: number): Message | undefined {
    return this.#messages.get(seq);
  }

  /** Somebody looks at the chat, or pinned something. */
  async load(): Promise<void> {
    this.#again = this.#asking;
    if (this.#asking) return;
    this.#asking = true;
    try {
      do {
        this.#again = false;
        await this.#fetch();
      } while (this.#again);
    } catch {
      // Asked again when the chat is opened or the connection returns.
    } finally {
      this.#asking = false;
    }
  }

  /** Taken back by somebody: it is not pinned any more. */
  drop(seq: number): void {
    if (this.has(seq)) this.list = this.list.filter((pin) => pin.seq !== seq);
  }

  async pin(seq: number, on: boolean): Promise<void> {
    await this.#talk.request("message.pin", { chatId: this.#chatId, seq, on });
    await this.load();
  }

  async #fetch(): Promise<void> {
    const { pins } = await this.#talk.request("message.pins", { chatId: this.#chatId });
    const seqs = pins.map(({ seq }) => seq);
    const found =
      seqs.length === 0
        ? []
        : (await this.#talk.request("message.get", { chatId: this.#chatId, seqs })).messages.map(fromLog);
    const messages = found.filter((message) => message !== null);
    runInAction(() => {
      this.list = pins;
      this.#messages = new Map(messages.map((message) => [message.seq ?? 0, message]));
      this.#met(messages);
    });
  }
}
