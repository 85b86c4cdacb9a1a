import type { ChatId, UserId } from "@parley/protocol";
import { readChat } from "../../records/chat-record.ts";
import type { Kv, Reads } from "../../store/kv.ts";

/** Chats remembered, at about 200 bytes each; one more costs one read again. */
const REMEMBERED_MAX = 20_000;

/** Whose direct chat it is. That never changes, so it is read once and a send does not wait for it. */
export class DirectPeople {
  readonly #store: Kv;
  /** Null: no direct chat. The one asked for the longest ago comes first. */
  readonly #known = new Map<ChatId, readonly [UserId, UserId] | null>();

  constructor(store: Kv) {
    this.#store = store;
  }

  /** The other person of a direct chat; null for a group, and for a chat that does not exist. */
  async peerOf(chatId: ChatId, userId: UserId, store: Reads = this.#store): Promise<UserId | null> {
    const people = this.#known.get(chatId) ?? (await this.#read(chatId, store));
    if (people === null) return null;
    return people[people[0] === userId ? 1 : 0];
  }

  /** Whose direct chat it is; null as above. */
  async peopleOf(chatId: ChatId): Promise<readonly [UserId, UserId] | null> {
    return this.#known.get(chatId) ?? (await this.#read(chatId, this.#store));
  }

  async #read(chatId: ChatId, store: Reads): Promise<readonly [UserId, UserId] | null> {
    if (this.#known.has(chatId)) return null;
    const chat = await readChat(store, chatId);
    if (chat === null) return null;
    const people = chat.kind === "direct" ? chat.people : null;
    // Being made: its fields come one by one.
    if (people?.includes("") === true) return null;
    this.#known.set(chatId, people);
    if (this.#known.size > REMEMBERED_MAX) this.#known.delete(this.#known.keys().next().value ?? chatId);
    return people;
  }
}
