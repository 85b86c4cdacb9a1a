import type { Message as LogEntry, Star } from "@parley/protocol";
import { limits } from "@parley/protocol";
import { makeAutoObservable, observableRef, runInAction } from "mobx";
import { type Failure, toFailure } from "./failure.ts";
import { fromLog, type Message } from "./message.ts";
import type { Talk } from "./talk.ts";

/** A starred message; null when nothing is left of it. */
export interface StarredMessage extends Star {
  readonly message: Message | null;
}

/** Saved messages of all chats, the one saved last first, as far as somebody has scrolled. */
export class Stars {
  found: readonly StarredMessage[] = [];
  state: "loading" | "loaded" | "failed" = "loading";
  more = false;
  failure: Failure | null = null;
  readonly #talk: Talk;

  constructor(talk: Talk) {
    this.#talk = talk;
    makeAutoObservable(this, { found: observableRef, failure: observableRef });
  }

  async load(): Promise<void> {
    this.state = "loading";
    const before = this.found.at(-1)?.at;
    try {
      const page = await this.#talk.request("message.stars", {
        limit: limits.STAR_PAGE_MAX,
        ...(before === undefined ? {} : { before }),
      });
      const messages = await this.#messagesOf(page.stars);
      runInAction(() => {
        this.found = [
          ...this.found,
          ...page.stars.map((star) => ({ ...star, message: messages.get(keyOf(star)) ?? null })),
        ];
        this.more = page.more ?? false;
        this.state = "loaded";
      });
    } catch (error) {
      runInAction(() => {
        this.state = "failed";
        this.failure = toFailure(error);
      });
    }
  }

  async remove(star: Star): Promise<void> {
    await this.#talk.request("message.star", { chatId: star.chatId, seq: star.seq, on: false });
    runInAction(() => {
      this.found = this.found.filter((one) => keyOf(one) !== keyOf(star));
    });
  }

  async #messagesOf(stars: readonly Star[]): Promise<Map<string, Message | null>> {
    const messages = new Map<string, Message | null>();
    const chatIds = new Set(stars.map(({ chatId }) => chatId));
    const pages = [...chatIds].map(async (chatId) => {
      const seqs = stars.filter((star) => star.chatId === chatId).map(({ seq }) => seq);
      const { messages: entries } = await this.#talk.request("message.get", { chatId, seqs });
      for (const entry of entries) messages.set(keyOf({ chatId, seq: entry.seq }), shown(entry));
    });
    await Promise.all(pages);
    return messages;
  }
}

const keyOf = ({ chatId, seq }: Pick<Star, "chatId" | "seq">) => `${chatId}:${seq}`;

/** What was taken back is there no more for somebody who had put it aside. */
function shown(entry: LogEntry): Message | null {
  return entry.kind === "retracted" ? null : fromLog(entry);
}
