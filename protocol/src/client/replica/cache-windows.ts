import type { ChatId } from "../../ids.ts";
import type { Message } from "../../schema/message.ts";
import { type CachedChat, clientIdOf, PAGE_SEQS } from "./cached-chat.ts";

/** Cached entries of one chat: a few dozen screens of scrolling back. */
export const CACHED_PER_CHAT_MAX = 2_048;
/** Cached entries of all chats: tens of megabytes, which every browser grants without asking. */
export const CACHED_TOTAL_MAX = 100_000;

/** Entries of one chat that are cached, or are about to be: every seq from `from` to `to`, none when `from` is greater. */
export type Window = Pick<CachedChat, "from" | "to" | "tail">;

export const NOTHING: Window = { from: 1, to: 0, tail: null };

/** Which part of each chat is cached. Bounded for each chat, and for all together: the chats moved longest ago give way. */
export class CacheWindows {
  readonly #max: number;
  /** The ones moved longest ago first. */
  readonly #windows = new Map<ChatId, Window>();
  #total = 0;

  constructor(max = CACHED_TOTAL_MAX) {
    this.#max = max;
  }

  begin(cached: readonly CachedChat[]): void {
    this.#windows.clear();
    this.#total = 0;
    const byActivity = [...cached].sort((a, b) => activityOf(a) - activityOf(b));
    for (const { chat, from, to, tail } of byActivity) this.#set(chat.chatId, { from, to, tail });
  }

  get(chatId: ChatId): Window | undefined {
    return this.#windows.get(chatId);
  }

  forget(chatId: ChatId): void {
    this.#total -= sizeOf(this.#windows.get(chatId));
    this.#windows.delete(chatId);
  }

  /** These entries begin a window of their own. */
  replace(chatId: ChatId, messages: readonly Message[]): void {
    const [first, last] = [messages[0], messages.at(-1)];
    if (first && last) this.#set(chatId, { from: first.seq, to: last.seq, tail: clientIdOf(last) });
  }

  /** Adds entries that overlap or adjoin. False when they do neither, and nothing is changed. */
  extend(chatId: ChatId, messages: readonly Message[]): boolean {
    const window = this.#windows.get(chatId);
    const [first, last] = [messages[0], messages.at(-1)];
    if (!window || !first || !last) return false;
    if (first.seq > window.to + 1 || last.seq < window.from - 1) return false;
    const { to, tail } = last.seq > window.to ? { to: last.seq, tail: clientIdOf(last) } : window;
    const from = Math.max(Math.min(window.from, first.seq), to - CACHED_PER_CHAT_MAX + 1);
    this.#set(chatId, { from, to, tail });
    return true;
  }

  /** Makes room; answers the chats whose windows became smaller. */
  shrink(): ChatId[] {
    const smaller: ChatId[] = [];
    for (const [chatId, window] of this.#windows) {
      if (this.#total <= this.#max) break;
      if (sizeOf(window) <= PAGE_SEQS) continue;
      const from = window.to - PAGE_SEQS + 1;
      this.#total -= from - window.from;
      this.#windows.set(chatId, { ...window, from });
      smaller.push(chatId);
    }
    return smaller;
  }

  #set(chatId: ChatId, window: Window): void {
    this.forget(chatId);
    this.#windows.set(chatId, window);
    this.#total += sizeOf(window);
  }
}

function sizeOf(window: Window | undefined): number {
  return window === undefined ? 0 : Math.max(0, window.to - window.from + 1);
}

function activityOf({ last }: CachedChat): number {
  return last === null || last.kind === "void" ? 0 : last.sentAt;
}
