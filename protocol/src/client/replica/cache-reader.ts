import type { ChatId } from "../../ids.ts";
import type { Message } from "../../schema/message.ts";
import type { ClientStorage } from "../storage.ts";
import { type CachedChat, pageKey, pageOf } from "./cached-chat.ts";
import { isContiguous } from "./chat-log.ts";

/** Reads what the writing tab has cached. Asks the storage each time, since another tab may be the writer. */
export class CacheReader {
  readonly #storage: ClientStorage;

  constructor(storage: ClientStorage) {
    this.#storage = storage;
  }

  async chats(): Promise<CachedChat[]> {
    return (await this.#storage.all("chats")).map(([, value]) => value as CachedChat);
  }

  chat(chatId: ChatId): Promise<CachedChat | undefined> {
    return this.#storage.get("chats", chatId) as Promise<CachedChat | undefined>;
  }

  /** Up to `limit` entries that end right before `before`; empty when those are not cached. */
  async before(chatId: ChatId, before: number, limit: number): Promise<Message[]> {
    const cached = await this.chat(chatId);
    if (cached === undefined || before <= cached.from || before > cached.to + 1) return [];
    return this.#range(chatId, Math.max(cached.from, before - limit), before - 1);
  }

  /** Up to `limit` entries that begin right after `after`; empty when those are not cached. */
  async after(chatId: ChatId, after: number, limit: number): Promise<Message[]> {
    const cached = await this.chat(chatId);
    if (cached === undefined || after + 1 < cached.from || after >= cached.to) return [];
    return this.#range(chatId, after + 1, Math.min(cached.to, after + limit));
  }

  /** Those of these entries that are cached. */
  async some(chatId: ChatId, seqs: readonly number[]): Promise<Map<number, Message>> {
    const cached = await this.chat(chatId);
    const found = new Map<number, Message>();
    if (cached === undefined) return found;
    const wanted = new Set(seqs.filter((seq) => seq >= cached.from && seq <= cached.to));
    for (const page of new Set([...wanted].map(pageOf))) {
      const row = ((await this.#storage.get("messages", pageKey(chatId, page))) ?? []) as Message[];
      for (const message of row) if (wanted.has(message.seq)) found.set(message.seq, message);
    }
    return found;
  }

  async #range(chatId: ChatId, low: number, high: number): Promise<Message[]> {
    const pages = Array.from({ length: pageOf(high) - pageOf(low) + 1 }, (_, at) => pageKey(chatId, pageOf(low) + at));
    const rows = await Promise.all(pages.map((key) => this.#storage.get("messages", key)));
    const messages = rows.flatMap((row) => ((row ?? []) as Message[]).filter(({ seq }) => seq >= low && seq <= high));
    // A browser may have evicted a part.
    return isContiguous(messages) && messages.length === high - low + 1 ? messages : [];
  }
}
