import type { ChatId, NewContent, ScheduledMessage } from "@parley/protocol";
import { makeAutoObservable, observableRef, runInAction } from "mobx";
import { type Failure, toFailure } from "./failure.ts";
import type { Talk } from "./talk.ts";

/** Messages that will be sent later, or could not be, by their time. */
export class Scheduled {
  messages: readonly ScheduledMessage[] = [];
  failure: Failure | null = null;
  loaded = false;
  readonly #talk: Talk;
  #asked = 0;

  constructor(talk: Talk) {
    this.#talk = talk;
    makeAutoObservable(this, { messages: observableRef, failure: observableRef });
  }

  /** Those that could not be sent wait for a person. */
  get failed(): number {
    return this.messages.filter(({ failed }) => failed !== undefined).length;
  }

  of(chatId: ChatId): readonly ScheduledMessage[] {
    return this.messages.filter((message) => message.chatId === chatId);
  }

  /** Some device changed something, or the connection is back. */
  async refresh(): Promise<void> {
    this.#asked += 1;
    const asked = this.#asked;
    try {
      const { messages } = await this.#talk.request("message.scheduled", {});
      if (asked === this.#asked) runInAction(() => this.#learn(messages));
    } catch (error) {
      if (asked !== this.#asked) return;
      runInAction(() => {
        this.failure = toFailure(error);
      });
    }
  }

  /** Under the id of one that is scheduled: in its place. */
  async schedule(chatId: ChatId, clientId: string, content: NewContent, at: number): Promise<void> {
    await this.#talk.request("message.schedule", { chatId, clientId, at, ...content });
    await this.refresh();
  }

  async cancel(clientId: string): Promise<void> {
    await this.#talk.request("message.unschedule", { clientId });
    await this.refresh();
  }

  clear(): void {
    this.#asked += 1;
    this.messages = [];
    this.loaded = false;
  }

  #learn(messages: readonly ScheduledMessage[]): void {
    this.messages = messages;
    this.failure = null;
    this.loaded = true;
  }
}
