import type { ChatId } from "../../ids.ts";
import type { Message } from "../../schema/message.ts";
import type { ClientStorage, StorageChange } from "../storage.ts";
import { CACHED_PER_CHAT_MAX, CacheWindows, NOTHING, type Window } from "./cache-windows.ts";
import { type CachedChat, type ChatFields, PAGE_SEQS, pageKey, pageOf } from "./cached-chat.ts";

/** Entries that wait to be written; a storage that is slower than this loses its place and starts a window anew. */
const UNWRITTEN_MAX = 5_000;

/** Where the next pull begins. */
export interface Cursor {
  readonly pos: string;
  readonly epoch: string;
}

export interface CacheWriterOut {
  /** What else to write of this chat; null when it is gone. */
  fields(chatId: ChatId): ChatFields | null;
  /** The entry as it is now, by what notices said of it. */
  seen(chatId: ChatId, message: Message): Message;
  /** Is this tab still the one that writes? Asked right before each write. */
  mayWrite(): boolean;
  failed(error: unknown): void;
}

/**
 * Writes what was applied: pages, then the chat, then the cursor, so that a crash leaves a cursor that is too old at
 * worst, and the next pull repeats what is already there. Changes of one turn become one write.
 */
export class CacheWriter {
  readonly #storage: ClientStorage;
  readonly #out: CacheWriterOut;
  readonly #windows = new CacheWindows();
  #unwritten = new Map<ChatId, Map<number, Message>>();
  #unwrittenCount = 0;
  readonly #dirty = new Set<ChatId>();
  /** Pages that hold entries of which notices told. */
  #revised = new Map<ChatId, Set<number>>();
  readonly #removed = new Map<ChatId, Window | undefined>();
  #cursor: Cursor | null = null;
  #working: Promise<void> | null = null;

  constructor(storage: ClientStorage, out: CacheWriterOut) {
    this.#storage = storage;
    this.#out = out;
  }

  /** What the storage holds now; whatever was not written yet is forgotten. */
  begin(cached: readonly CachedChat[]): void {
    this.#forget();
    this.#windows.begin(cached);
  }

  /** How far this chat will be cached once everything is written; undefined when nothing of it is. */
  to(chatId: ChatId): number | undefined {
    return this.#windows.get(chatId)?.to;
  }

  /** The first entry that is cached, or about to be. */
  from(chatId: ChatId): number | undefined {
    return this.#windows.get(chatId)?.from;
  }

  tail(chatId: ChatId): CachedChat["tail"] {
    return this.#windows.get(chatId)?.tail ?? null;
  }

  /**
   * Ascending, without holes. What neither adjoins the window nor takes its place is not cached: the tab that wrote
   * before was behind this one, and a pull begins where it was. Answers false then.
   */
  append(chatId: ChatId, messages: readonly Message[], restart: boolean): boolean {
    if (messages.length === 0) {
      if (restart) this.#drop(chatId);
      return true;
    }
    const window = this.#windows.get(chatId);
    if (restart || window === undefined || window.to < window.from) {
      this.#unwritten.delete(chatId);
      this.#windows.replace(chatId, messages);
    } else if (!this.#windows.extend(chatId, messages)) return false;
    this.#add(chatId, messages);
    return true;
  }

  /** Older entries, fetched by scrolling back; kept when they adjoin and fit. */
  prepend(chatId: ChatId, messages: readonly Message[]): void {
    const window = this.#windows.get(chatId);
    const [first] = messages;
    if (!this.#out.mayWrite() || window === undefined || first === undefined) return;
    if (first.seq >= window.from || window.to - first.seq >= CACHED_PER_CHAT_MAX) return;
    if (this.#windows.extend(chatId, messages)) this.#add(chatId, messages);
  }

  /** Notices told of this entry. */
  revise(chatId: ChatId, seq: number): void {
    const window = this.#windows.get(chatId);
    if (!this.#out.mayWrite() || window === undefined || seq < window.from || seq > window.to) return;
    const pages = this.#revised.get(chatId) ?? new Set();
    this.#revised.set(chatId, pages.add(pageOf(seq)));
    this.touch(chatId);
  }

  /** Newer versions of entries, where those are cached. */
  replace(chatId: ChatId, messages: readonly Message[]): void {
    const window = this.#windows.get(chatId);
    if (window === undefined) return;
    const cached = messages.filter(({ seq }) => seq >= window.from && seq <= window.to);
    if (cached.length > 0) this.#add(chatId, cached);
  }

  /** Nothing of the chat is worth keeping. */
  #drop(chatId: ChatId): void {
    this.#windows.forget(chatId);
    this.#unwritten.delete(chatId);
    this.#revised.delete(chatId);
    this.touch(chatId);
  }

  /** The chat's own fields changed. */
  touch(chatId: ChatId): void {
    if (!this.#out.mayWrite()) return;
    this.#dirty.add(chatId);
    this.#work();
  }

  remove(chatId: ChatId): void {
    this.#removed.set(chatId, this.#windows.get(chatId));
    this.#windows.forget(chatId);
    this.#unwritten.delete(chatId);
    this.#revised.delete(chatId);
    this.#dirty.delete(chatId);
    this.#work();
  }

  /** Written after everything that was handed in before it. */
  moveCursor(cursor: Cursor): void {
    this.#cursor = cursor;
    this.#work();
  }

  /** Resolves when everything handed in so far is written, or has failed. */
  async settled(): Promise<void> {
    while (this.#working !== null) await this.#working;
  }

  #add(chatId: ChatId, messages: readonly Message[]): void {
    if (!this.#out.mayWrite()) return;
    const unwritten = this.#unwritten.get(chatId) ?? new Map<number, Message>();
    this.#unwritten.set(chatId, unwritten);
    for (const message of messages) unwritten.set(message.seq, message);
    this.#unwrittenCount += messages.length;
    this.#dirty.add(chatId);
    for (const smaller of this.#windows.shrink()) this.#dirty.add(smaller);
    if (this.#unwrittenCount > UNWRITTEN_MAX) {
      this.#out.failed(new Error("the storage is too slow"));
      for (const late of this.#unwritten.keys()) this.#windows.forget(late);
      this.#unwritten.clear();
      this.#unwrittenCount = 0;
    }
    this.#work();
  }

  #work(): void {
    this.#working ??= Promise.resolve().then(async () => {
      try {
        while (this.#dirty.size + this.#removed.size > 0 || this.#cursor) await this.#writeOnce();
      } finally {
        this.#working = null;
      }
    });
  }

  async #writeOnce(): Promise<void> {
    // The windows as they are now: entries that come while this is written belong to the next write.
    const dirty = [...this.#dirty].map((chatId) => [chatId, this.#windows.get(chatId) ?? NOTHING] as const);
    const unwritten = this.#unwritten;
    const revised = this.#revised;
    const removed = [...this.#removed];
    const cursor = this.#cursor;
    this.#forget();
    try {
      const changes: StorageChange[] = [];
      for (const [chatId, window] of removed) changes.push(...removalOf(chatId, window));
      for (const [chatId, window] of dirty) {
        changes.push(...(await this.#changesOf(chatId, window, unwritten.get(chatId), revised.get(chatId))));
      }
      if (cursor) changes.push({ table: "meta", key: "cursor", value: cursor });
      if (this.#out.mayWrite()) await this.#storage.write(changes);
    } catch (error) {
      // The windows no longer say what is stored: the next entries of these chats start new ones.
      for (const [chatId] of dirty) this.#windows.forget(chatId);
      this.#out.failed(error);
    }
  }

  async #changesOf(
    chatId: ChatId,
    { from, to, tail }: Window,
    messages: ReadonlyMap<number, Message> | undefined,
    revised: ReadonlySet<number> | undefined,
  ): Promise<StorageChange[]> {
    const fields = this.#out.fields(chatId);
    if (fields === null) return [];
    const stored = (await this.#storage.get("chats", chatId)) as CachedChat | undefined;
    const changes: StorageChange[] = [];
    for (const page of new Set([...[...(messages?.keys() ?? [])].map(pageOf), ...(revised ?? [])])) {
      const key = pageKey(chatId, page);
      const row = ((await this.#storage.get("messages", key)) ?? []) as Message[];
      // Entries outside the stored window are leftovers of an earlier one, perhaps of another epoch.
      const kept = row.filter(({ seq }) => stored && seq >= stored.from && seq <= stored.to);
      const merged = new Map(kept.map((message) => [message.seq, message]));
      for (const [seq, message] of messages ?? []) if (pageOf(seq) === page) merged.set(seq, message);
      // What only the old window holds stays until the chat says that there is a new one; readers ask the chat.
      const value = [...merged.values()]
        .sort((a, b) => a.seq - b.seq)
        .map((message) => this.#out.seen(chatId, message));
      changes.push({ table: "messages", key, value });
    }
    const value: CachedChat = { ...fields, from, to, tail };
    changes.push({ table: "chats", key: chatId, value });
    if (stored) changes.push(...pagesOutside(chatId, stored, { from, to }));
    return changes;
  }

  #forget(): void {
    this.#dirty.clear();
    this.#removed.clear();
    this.#unwritten = new Map();
    this.#revised = new Map();
    this.#unwrittenCount = 0;
    this.#cursor = null;
  }
}

function removalOf(chatId: ChatId, window: { from: number; to: number } | undefined): StorageChange[] {
  const record: StorageChange = { table: "chats", key: chatId, remove: true };
  return [record, ...(window ? pagesOutside(chatId, window, { from: 1, to: 0 }) : [])];
}

/** Pages of the old window that the new one has no use for. */
function pagesOutside(
  chatId: ChatId,
  old: { from: number; to: number },
  now: { from: number; to: number },
): StorageChange[] {
  const changes: StorageChange[] = [];
  for (let page = pageOf(old.from); page <= pageOf(old.to); page++) {
    const useful = now.from < (page + 1) * PAGE_SEQS && now.to >= page * PAGE_SEQS && now.from <= now.to;
    if (!useful) changes.push({ table: "messages", key: pageKey(chatId, page), remove: true });
  }
  return changes;
}
