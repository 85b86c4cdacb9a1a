import { type ChatId, ReplyError, type UserId } from "@parley/protocol";
import { fromSeqOf, readChatInfo } from "../../records/chat-info.ts";
import { requireMember } from "../../records/membership.ts";
import { chatLog } from "../../store/keys.ts";
import type { Kv } from "../../store/kv.ts";

/** Throws `SEQ_OUT_OF_RANGE` unless the user may read all of these entries. */
export async function requireReadable(
  store: Kv,
  userId: UserId,
  chatId: ChatId,
  seqs: readonly number[],
): Promise<void> {
  const [member, info, head] = await Promise.all([
    requireMember(store, chatId, userId),
    readChatInfo(store, chatId),
    store.listLength(chatLog(chatId)),
  ]);
  const from = fromSeqOf(info, member);
  if (seqs.some((seq) => seq < from || seq > head)) throw new ReplyError("SEQ_OUT_OF_RANGE");
}
