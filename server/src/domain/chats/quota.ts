import { type ChatId, limits, ReplyError, type UserId } from "@parley/protocol";
import { chatsOf, membersOf } from "../../records/membership.ts";
import { chatMembers, userChats } from "../../store/keys.ts";
import type { Kv } from "../../store/kv.ts";

/** Throws `CHATS_FULL`. Two who ask at the same moment may pass it by one. */
export async function checkChatsOf(store: Kv, userId: UserId): Promise<void> {
  // The facts about chats are never fewer than the chats, and far cheaper to count.
  if ((await store.hashLength(userChats(userId))) < limits.CHATS_PER_USER_MAX) return;
  if ((await chatsOf(store, userId)).length >= limits.CHATS_PER_USER_MAX) throw new ReplyError("CHATS_FULL");
}

/** Throws `GROUP_FULL`, under the same condition. */
export async function checkGroup(store: Kv, chatId: ChatId): Promise<void> {
  if ((await store.hashLength(chatMembers(chatId))) < limits.GROUP_MEMBERS_MAX) return;
  if ((await membersOf(store, chatId)).length >= limits.GROUP_MEMBERS_MAX) throw new ReplyError("GROUP_FULL");
}
