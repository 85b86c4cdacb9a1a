import { type Chat, type ChatId, type Clock, type Random, ReplyError, type UserId } from "@parley/protocol";
import { viewChat, writeChat } from "../../records/chat-record.ts";
import { requireMember, standingOf, writeJoined } from "../../records/membership.ts";
import { readCard } from "../../records/user-record.ts";
import { chatKey, directChat } from "../../store/keys.ts";
import type { Kv } from "../../store/kv.ts";
import { newId } from "../ids.ts";
import type { Inbox } from "../inbox/inbox.ts";
import { requireMayWrite } from "../people/may-write.ts";
import { checkChatsOf } from "./quota.ts";

export interface DirectArgs {
  readonly chatId: ChatId;
  readonly people: readonly [UserId, UserId];
  readonly createdAt: number;
}

export interface DirectChatsParts {
  readonly store: Kv;
  readonly clock: Clock;
  readonly random: Random;
  readonly inbox: Inbox;
  /** `create`, with an intent around it. */
  readonly deed: (args: DirectArgs) => Promise<ChatId>;
}

/** One chat for two people. Its id is random: it does not tell whose it is. */
export class DirectChats {
  readonly #parts: DirectChatsParts;

  constructor(parts: DirectChatsParts) {
    this.#parts = parts;
  }

  async open(userId: UserId, otherId: UserId): Promise<Chat> {
    const { store, clock, random, deed } = this.#parts;
    if (otherId === userId) throw new ReplyError("SELF_NOT_ALLOWED");
    let chatId = await store.get(directChat(userId, otherId));
    if (chatId === null) {
      if ((await readCard(store, otherId)) === null) throw new ReplyError("NOT_FOUND");
      await requireMayWrite(store, userId, otherId);
      await Promise.all([checkChatsOf(store, userId), checkChatsOf(store, otherId)]);
      chatId = await deed({ chatId: newId(random), people: [userId, otherId], createdAt: clock.now() });
    } else if ((await standingOf(store, chatId, userId)) === "stranger") {
      // Claimed a moment ago, by somebody who has not come to the next step yet.
      await this.#seat(chatId, [userId, otherId]);
    }
    return viewChat(store, chatId, await requireMember(store, chatId, userId));
  }

  /** Idempotent. Of several who create it at once, the first claim wins, and all end with its chat. */
  async create({ chatId, people, createdAt }: DirectArgs): Promise<ChatId> {
    const { store, inbox } = this.#parts;
    await writeChat(store, chatId, { kind: "direct", createdAt, people });
    const claim = directChat(...people);
    const winner = (await store.setNx(claim, chatId)) ? chatId : ((await store.get(claim)) ?? chatId);
    if (winner !== chatId) await store.delete(chatKey(chatId));
    await this.#seat(winner, people);
    if (winner === chatId) {
      await Promise.all(people.map((userId) => inbox.put(userId, { kind: "joined", chatId, seq: 0 })));
    }
    return winner;
  }

  async #seat(chatId: ChatId, [one, other]: readonly [UserId, UserId]): Promise<void> {
    const { store } = this.#parts;
    await Promise.all([
      writeJoined(store, chatId, { userId: one, role: "member", joinedSeq: 0 }, other),
      writeJoined(store, chatId, { userId: other, role: "member", joinedSeq: 0 }, one),
    ]);
  }
}
