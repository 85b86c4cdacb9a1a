import { limits, ReplyError, type UserId } from "@parley/protocol";
import { chatsOf } from "../../records/membership.ts";
import type { Kv } from "../../store/kv.ts";

/** Throws `CHATS_FULL`. Two who ask at the same moment may pass it by one. */
export async function checkChatsOf(store: Kv, userId: UserId): Promise<void> {
  const chats = await chatsOf(store, userId);
  if (chats.length >= limits.CHATS_PER_USER_MAX) throw new ReplyError("CHATS_FULL");
}
