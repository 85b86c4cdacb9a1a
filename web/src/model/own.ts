import type { ChatId, ChatPrefs } from "@parley/protocol";
import { limits } from "@parley/protocol";
import type { ChatView } from "@parley/protocol/client";
import { makeAutoObservable, observableRef } from "mobx";
import type { Talk } from "./talk.ts";

/** No end in sight: the last day that a date can name. */
export const FOR_EVER_MS = 8_640_000_000_000_000;

/** What one person wants of a conversation, on all devices: pinned, muted, archived, in folders; and what is starred in it. */
export class Own {
  prefs: ChatPrefs = {};
  stars: ReadonlySet<number> = new Set();
  readonly #chatId: ChatId;
  readonly #talk: Talk;

  constructor(chatId: ChatId, talk: Talk) {
    this.#chatId = chatId;
    this.#talk = talk;
    makeAutoObservable(this, { prefs: observableRef, stars: observableRef });
  }

  apply({ prefs, stars }: Pick<ChatView, "prefs" | "stars">): void {
    this.prefs = prefs;
    this.stars = new Set(stars);
  }

  get pinnedAt(): number {
    return this.prefs.pinnedAt ?? 0;
  }

  get archived(): boolean {
    return this.prefs.archived === true;
  }

  get folders(): readonly string[] {
    return this.prefs.folders ?? [];
  }

  get mentionsOnly(): boolean {
    return this.prefs.mentionsOnly === true;
  }

  isMuted(now: number): boolean {
    return (this.prefs.mutedUntil ?? 0) > now;
  }

  pin(at: number | null): void {
    this.#set({ pinnedAt: at ?? undefined });
  }

  /** Null: not muted any more. */
  mute(until: number | null): void {
    this.#set({ mutedUntil: until ?? undefined });
  }

  setMentionsOnly(on: boolean): void {
    this.#set({ mentionsOnly: on || undefined });
  }

  archive(on: boolean): void {
    this.#set({ archived: on || undefined, ...(on ? { pinnedAt: undefined } : {}) });
  }

  /** False when the chat is in as many folders as it can be. */
  file(folder: string, on: boolean): boolean {
    const others = this.folders.filter((name) => name !== folder);
    const folders = on ? [...others, folder] : others;
    if (folders.length > limits.FOLDERS_PER_CHAT_MAX) return false;
    this.#set({ folders: folders.length === 0 ? undefined : folders });
    return true;
  }

  async star(seq: number, on: boolean): Promise<void> {
    await this.#talk.request("message.star", { chatId: this.#chatId, seq, on });
  }

  /** Delete for me. */
  async hide(seqs: readonly number[]): Promise<void> {
    await this.#talk.request("message.hide", { chatId: this.#chatId, seqs: [...seqs] });
  }

  #set(change: { readonly [K in keyof ChatPrefs]?: ChatPrefs[K] | undefined }): void {
    const entries = Object.entries({ ...this.prefs, ...change }).filter(([, value]) => value !== undefined);
    this.prefs = Object.fromEntries(entries) as ChatPrefs;
    this.#talk.setPrefs(this.#chatId, this.prefs);
  }
}
