import type { Chat as ChatData, ChatId, UserId } from "@parley/protocol";
import type { ChatView, OutboxEntry } from "@parley/protocol/client";
import { makeAutoObservable, observable } from "mobx";
import { Chat, type ChatParts } from "./chat.ts";
import type { ListPart } from "./ui.ts";

/** On top of the list, and of so few people, a chat is asked how far its last word came; any other when it is opened. */
const TICKS_OF = 10;
const TICKS_PEOPLE_MAX = 50;

/** All conversations of the user. */
export class Chats {
  readonly #byId = observable.map<ChatId, Chat>(undefined, { deep: false });
  readonly #parts: ChatParts;
  /** The cache was read: an empty list now means that there is nothing. */
  loaded = false;
  #ticksLook = 0;

  constructor(parts: ChatParts) {
    this.#parts = parts;
    makeAutoObservable(this, { shown: false });
  }

  /** The most recently active first. */
  get sorted(): readonly Chat[] {
    return [...this.#byId.values()].sort((a, b) => b.activeAt - a.activeAt || (a.chatId < b.chatId ? -1 : 1));
  }

  /** The pinned ones on top, the one pinned last first. */
  get listed(): readonly Chat[] {
    const kept = this.sorted.filter(({ own }) => !own.archived);
    return [...kept].sort((a, b) => b.own.pinnedAt - a.own.pinnedAt);
  }

  /** What one part of the list holds. A folder that is not there any more is no reason to show nothing. */
  shown(part: ListPart): readonly Chat[] {
    if (part.name === "archive") return this.archived;
    if (part.name !== "folder" || !this.folders.includes(part.folder)) return this.listed;
    return [...this.listed, ...this.archived].filter(({ own }) => own.folders.includes(part.folder));
  }

  get archived(): readonly Chat[] {
    return this.sorted.filter(({ own }) => own.archived);
  }

  /** Names of all folders, by the alphabet. */
  get folders(): readonly string[] {
    const names = new Set<string>();
    for (const { own } of this.#byId.values()) for (const name of own.folders) names.add(name);
    return [...names].sort((a, b) => a.localeCompare(b));
  }

  /** What is put away does not call. */
  get unread(): number {
    let sum = 0;
    for (const chat of this.#byId.values()) if (!chat.own.archived) sum += chat.unread;
    return sum;
  }

  /** Messages in the outbox that will be sent when the connection is back. */
  get waitingToSend(): number {
    let sum = 0;
    for (const { pending } of this.#byId.values()) {
      sum += pending.filter(({ waiting }) => waiting?.name === "sending").length;
    }
    return sum;
  }

  /** The other persons of direct chats, most recent first. */
  get peers(): readonly UserId[] {
    return this.sorted.flatMap(({ peerId }) => (peerId === undefined ? [] : [peerId]));
  }

  get(chatId: ChatId): Chat | undefined {
    return this.#byId.get(chatId);
  }

  /** Titles that hold every word of the text. */
  matching(text: string): readonly Chat[] {
    const words = text.toLocaleLowerCase().split(/\s+/).filter(Boolean);
    return this.sorted.filter(({ title, data }) => {
      const name = `${title} ${data.peer?.handle ?? ""}`.toLocaleLowerCase();
      return words.every((word) => name.includes(word));
    });
  }

  applyLoaded(views: readonly ChatView[], outbox: readonly OutboxEntry[]): void {
    this.replaceAll(views);
    for (const entry of outbox) this.#byId.get(entry.chatId)?.applyOutbox({ state: entry.state.name, entry });
    this.loaded = true;
  }

  replaceAll(views: readonly ChatView[]): void {
    this.#byId.clear();
    for (const view of views) this.applyView(view);
  }

  applyView(view: ChatView): Chat {
    const chat = this.adopt(view.chat);
    chat.applyView(view);
    return chat;
  }

  /** A chat that a reply has just told of. */
  adopt(data: ChatData): Chat {
    const known = this.#byId.get(data.chatId);
    if (known !== undefined) return known;
    const chat = new Chat(data, this.#parts);
    this.#byId.set(data.chatId, chat);
    if (data.peer !== undefined) this.#parts.people.learn([data.peer]);
    return chat;
  }

  /** What the list shows may have been delivered and read meanwhile. One after the other: nobody waits for it. */
  async lookAtTicks(): Promise<void> {
    this.#ticksLook += 1;
    const look = this.#ticksLook;
    const top = this.listed.slice(0, TICKS_OF);
    for (const chat of top.filter(({ showsTick, data }) => showsTick && data.memberCount <= TICKS_PEOPLE_MAX)) {
      if (look !== this.#ticksLook) return;
      await chat.loadReceipts();
    }
  }

  remove(chatId: ChatId): void {
    this.#byId.get(chatId)?.close();
    this.#byId.delete(chatId);
  }

  clear(): void {
    this.#byId.clear();
    this.loaded = false;
  }

  async openDirect(userId: UserId): Promise<ChatId> {
    const known = this.sorted.find(({ peerId }) => peerId === userId);
    if (known !== undefined) return known.chatId;
    const { chat } = await this.#parts.talk.request("chat.openDirect", { userId });
    this.adopt(chat);
    return chat.chatId;
  }

  async createGroup(name: string, members: readonly UserId[]): Promise<ChatId> {
    const { chat } = await this.#parts.talk.request("chat.createGroup", { name, members: [...members] });
    this.adopt(chat);
    return chat.chatId;
  }

  /** A group of both people of a direct chat, and others. */
  async expand(chatId: ChatId, name: string, members: readonly UserId[]): Promise<ChatId> {
    const { chat } = await this.#parts.talk.request("chat.expand", { chatId, name, members: [...members] });
    this.adopt(chat);
    return chat.chatId;
  }
}
