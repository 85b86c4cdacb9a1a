import type { ChatId, UserId } from "@parley/protocol";
import { type ChatInfo, readChatInfo } from "../../records/chat-info.ts";
import { type Standing, standingOf } from "../../records/membership.ts";
import type { Grounds, Kv, Reads } from "../../store/kv.ts";
import { RecordedReads } from "../../store/recorded-reads.ts";
import type { DirectPeople } from "../chats/direct-people.ts";
import { speaksFreely } from "../chats/write-rules.ts";
import { mayWrite, type WriteRefusal } from "../people/may-write.ts";

/** What decides whether somebody may say something in a chat. */
export interface Voice {
  readonly standing: Standing;
  readonly info: ChatInfo;
  /** In a direct chat the other one has a say. */
  readonly refusal: WriteRefusal | null;
}

/** Who spoke where on this node, at about a kilobyte each; one more costs the next message of somebody a round trip. */
const REMEMBERED_MAX = 10_000;

/**
 * Who has a say where. Those who speak freely mostly speak again: what that was decided from is remembered, so that the
 * store can append their next message if all of it is still so, without being asked for it before.
 */
export class Voices {
  readonly #store: Kv;
  readonly #directPeople: DirectPeople;
  /** The one remembered for the longest time comes first. */
  readonly #free = new Map<string, Grounds>();

  constructor(store: Kv, directPeople: DirectPeople) {
    this.#store = store;
    this.#directPeople = directPeople;
  }

  /** On these they speak freely, if they hold; null: it is not known. */
  groundsOf(chatId: ChatId, userId: UserId): Grounds | null {
    return this.#free.get(nameOf(chatId, userId)) ?? null;
  }

  async read(chatId: ChatId, userId: UserId, now: number): Promise<Voice> {
    const reads = new RecordedReads(this.#store);
    const [standing, info, refusal] = await Promise.all([
      standingOf(reads, chatId, userId),
      readChatInfo(reads, chatId),
      this.refusal(chatId, userId, reads),
    ]);
    const isFree = typeof standing !== "string" && refusal === null && speaksFreely(standing, info, now);
    this.#remember(nameOf(chatId, userId), isFree ? reads.grounds : null);
    return { standing, info, refusal };
  }

  /** What the other one of a direct chat has against it. */
  async refusal(chatId: ChatId, userId: UserId, store: Reads = this.#store): Promise<WriteRefusal | null> {
    const peerId = await this.#directPeople.peerOf(chatId, userId, store);
    return peerId === null ? null : mayWrite(store, userId, peerId);
  }

  #remember(name: string, grounds: Grounds | null): void {
    this.#free.delete(name);
    if (grounds === null) return;
    this.#free.set(name, grounds);
    if (this.#free.size > REMEMBERED_MAX) this.#free.delete(this.#free.keys().next().value ?? name);
  }
}

function nameOf(chatId: ChatId, userId: UserId): string {
  return `${chatId} ${userId}`;
}
