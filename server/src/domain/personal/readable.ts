import { type ChatId, ReplyError, type UserId } from "@parley/protocol";
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
  const [{ joinedSeq }, head] = await Promise.all([
    requireMember(store, chatId, userId),
    store.listLength(chatLog(chatId)),
  ]);
  if (seqs.some((seq) => seq < joinedSeq || seq > head)) throw new ReplyError("SEQ_OUT_OF_RANGE");
}
