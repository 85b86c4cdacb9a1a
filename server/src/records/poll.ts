import { type ChatId, type PollBody, ReplyError, type UserId } from "@parley/protocol";
import type { Kv } from "../store/kv.ts";
import { type MessageTarget, requireMessage } from "./message-target.ts";

/** A poll that the user may read, refused as any message is, and as `NOT_EDITABLE` when it is none. */
export async function requirePoll(
  store: Kv,
  chatId: ChatId,
  userId: UserId,
  seq: number,
): Promise<MessageTarget & { readonly poll: PollBody }> {
  const target = await requireMessage(store, chatId, userId, seq);
  if (target.head.kind !== "poll") throw new ReplyError("NOT_EDITABLE");
  return { ...target, poll: (JSON.parse(target.text) as { body: PollBody }).body };
}
