import type { ChatId, UserId } from "@parley/protocol";
import { userHidden, userHiddenIn } from "../store/keys.ts";
import type { Kv } from "../store/kv.ts";

/**
 * Entries that a person has deleted for themselves. A small hash says in which chats there are any, so that everybody
 * else pays one empty read.
 */
export async function hiddenCounts(store: Kv, userId: UserId): Promise<ReadonlyMap<ChatId, number>> {
  const counts = await store.hashGetAll(userHidden(userId));
  return new Map(Object.entries(counts).map(([chatId, count]) => [chatId, Number(count)]));
}

/** Whether the user has hidden anything in this chat. */
export async function hidesIn(store: Kv, userId: UserId, chatId: ChatId): Promise<boolean> {
  return (await store.hashGet(userHidden(userId), chatId)) !== null;
}

const NONE: ReadonlySet<number> = new Set();

/** Those from `from` to `to`, of a chat in which the user hides something. */
export async function hiddenSeqs(
  store: Kv,
  userId: UserId,
  chatId: ChatId,
  from: number,
  to: number,
): Promise<ReadonlySet<number>> {
  if (to < from) return NONE;
  const seqs = await store.sortedRange(userHiddenIn(userId, chatId), from, to, to - from + 1);
  return new Set(seqs.map(Number));
}

/** Any number of times. The chat is named first: who reads meanwhile looks. */
export async function writeHidden(store: Kv, userId: UserId, chatId: ChatId, seqs: readonly number[]): Promise<void> {
  const key = userHiddenIn(userId, chatId);
  await store.hashSetNx(userHidden(userId), chatId, "0");
  await Promise.all(seqs.map((seq) => store.sortedAdd(key, seq, String(seq))));
  await store.hashSet(userHidden(userId), chatId, String(await store.sortedLength(key)));
}
