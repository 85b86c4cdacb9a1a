import type { ChatId, UserId } from "../../ids.ts";
import type { Chat } from "../../schema/chat.ts";
import type { Message } from "../../schema/message.ts";
import type { ChatState } from "../../schema/sync.ts";
import type { ChatView } from "../view.ts";
import type { CachedChat, ChatFields } from "./cached-chat.ts";
import { ChatLog } from "./chat-log.ts";
import { capUnread, countUnread, newestShown } from "./counting.ts";

/** A hole of this size or less is filled entry by entry; beyond, the chat starts anew from its newest entries. */
export const FILL_MAX = 200;

/** One chat in memory: its state and how far its log is known, but not the log itself. */
export interface ReplicaChat {
  readonly log: ChatLog;
  chat: Chat;
  readSeq: number;
  /** The server may not know of `readSeq` yet. */
  readUnsent: boolean;
  unread: number;
  last: Message | null;
}

export interface ReplicaOut {
  messages(chatId: ChatId, messages: readonly Message[], source: "live" | "sync", restart: boolean): void;
  changed(chat: ReplicaChat): void;
  removed(chatId: ChatId): void;
  /** `unread` can only be found by looking at entries that are not here. */
  recount(chatId: ChatId): void;
}

/** What this client knows of its chats. Everything that is learnt goes through here, in order, to the app and the cache. */
export class Replica {
  readonly me: UserId;
  readonly #out: ReplicaOut;
  readonly #chats = new Map<ChatId, ReplicaChat>();

  constructor(me: UserId, cached: readonly CachedChat[], out: ReplicaOut) {
    this.me = me;
    this.#out = out;
    for (const { chat, readSeq, readUnsent, unread, last, to } of cached) {
      this.#chats.set(chat.chatId, { log: new ChatLog(to, to > 0), chat, readSeq, readUnsent, unread, last });
    }
  }

  get(chatId: ChatId): ReplicaChat | undefined {
    return this.#chats.get(chatId);
  }

  /** What the cache keeps of a chat besides its entries; null when it is gone. */
  fields(chatId: ChatId): ChatFields | null {
    const entry = this.#chats.get(chatId);
    if (entry === undefined) return null;
    const { chat, readSeq, readUnsent, unread, last } = entry;
    return { chat, readSeq, readUnsent, unread, last };
  }

  all(): ReplicaChat[] {
    return [...this.#chats.values()];
  }

  /** The chat itself: new, renamed, another role. Answers true when it is new here. */
  describe(chat: Chat): boolean {
    const known = this.#chats.get(chat.chatId);
    const entry = known ?? this.#fresh(chat);
    entry.chat = chat;
    this.#out.changed(entry);
    return known === undefined;
  }

  /** Entries pushed, acknowledged or fetched after what is applied. False when the chat is not known. */
  offer(chatId: ChatId, messages: readonly Message[], source: "live" | "sync"): boolean {
    const entry = this.#chats.get(chatId);
    if (entry === undefined) return false;
    if (this.#tell(entry, entry.log.offer(messages), source)) this.#out.changed(entry);
    return true;
  }

  /** An entry is known to be there, and not what it says. */
  heardOf(chatId: ChatId, seq: number): void {
    this.#chats.get(chatId)?.log.heardOf(seq);
  }

  /** What `sync.pull` says of one chat. A small hole before its entries is left for the caller to fill: `log.behind`. */
  pulled(state: ChatState): void {
    const { chat, head, messages } = state;
    const entry = this.#chats.get(chat.chatId) ?? this.#fresh(chat);
    const { log } = entry;
    entry.chat = chat;
    const first = messages[0]?.seq ?? head + 1;
    // A head below what is applied is no proof: the page may have been read before a push that overtook it.
    const rewritten = state.reset === true;
    const hole = first - log.applied - 1;
    // Who left and came back may not read what was written in between.
    const unreadable = chat.joinedSeq > log.applied + 1;
    if (rewritten) log.forgetEarly();
    if (rewritten || !log.placed || unreadable || hole > FILL_MAX) this.#restart(entry, messages, head);
    else {
      log.heardOf(head);
      this.#tell(entry, log.offer(messages), "sync");
    }
    this.#count(entry, state, rewritten);
    this.#out.changed(entry);
  }

  /** These are the newest entries of the chat, and whatever was known before is void. */
  restart(chatId: ChatId, messages: readonly Message[], head: number): void {
    const entry = this.#chats.get(chatId);
    if (entry === undefined) return;
    entry.log.forgetEarly();
    this.#restart(entry, messages, head);
    entry.readSeq = Math.min(entry.readSeq, entry.log.applied);
    this.#out.recount(chatId);
    this.#out.changed(entry);
  }

  /** The own read marker, moved here or on another device. Only ever forward. */
  read(chatId: ChatId, seq: number, where: "here" | "elsewhere"): void {
    const entry = this.#chats.get(chatId);
    if (entry === undefined || seq <= entry.readSeq) return;
    entry.readSeq = seq;
    if (where === "here") entry.readUnsent = true;
    if (seq >= entry.log.applied) entry.unread = 0;
    else this.#out.recount(chatId);
    this.#out.changed(entry);
  }

  /** The server has the read marker up to `seq`. */
  readSent(chatId: ChatId, seq: number): void {
    const entry = this.#chats.get(chatId);
    if (entry === undefined || !entry.readUnsent || seq < entry.readSeq) return;
    entry.readUnsent = false;
    this.#out.changed(entry);
  }

  counted(chatId: ChatId, unread: number): void {
    const entry = this.#chats.get(chatId);
    if (entry === undefined || entry.unread === capUnread(unread)) return;
    entry.unread = capUnread(unread);
    this.#out.changed(entry);
  }

  remove(chatId: ChatId): void {
    if (this.#chats.delete(chatId)) this.#out.removed(chatId);
  }

  #fresh(chat: Chat): ReplicaChat {
    const log = new ChatLog(0, false);
    const entry: ReplicaChat = { log, chat, readSeq: 0, readUnsent: false, unread: 0, last: null };
    this.#chats.set(chat.chatId, entry);
    return entry;
  }

  #restart(entry: ReplicaChat, messages: readonly Message[], head: number): void {
    const told = entry.log.restart(messages, head);
    entry.last = newestShown(told);
    this.#out.messages(entry.chat.chatId, told, "sync", true);
  }

  #tell(entry: ReplicaChat, told: readonly Message[], source: "live" | "sync"): boolean {
    if (told.length === 0) return false;
    entry.last = newestShown(told) ?? entry.last;
    entry.unread = capUnread(entry.unread + countUnread(told, entry.readSeq, this.me));
    this.#out.messages(entry.chat.chatId, told, source, false);
    return true;
  }

  /** The server counted up to its head and its marker; ours may be ahead of both. */
  #count(entry: ReplicaChat, { chat, head, readSeq, unread }: ChatState, rewritten: boolean): void {
    if (rewritten) entry.readSeq = Math.min(entry.readSeq, head);
    if (readSeq >= entry.readSeq) entry.readSeq = readSeq;
    if (entry.log.applied !== head) this.#out.recount(chat.chatId);
    else if (entry.readSeq >= head) entry.unread = 0;
    else if (entry.readSeq === readSeq) entry.unread = capUnread(unread);
    else this.#out.recount(chat.chatId);
  }
}

export function viewOf({ chat, log, readSeq, unread, last }: ReplicaChat): ChatView {
  return { chat, head: log.applied, readSeq, unread, last };
}
