import { type ChatId, ReplyError, type UserId } from "@parley/protocol";
import { chatLog, chatOverlay } from "../store/keys.ts";
import type { Kv } from "../store/kv.ts";
import { fromSeqOf, readChatInfo } from "./chat-info.ts";
import { type ReadHead, readHead } from "./entry.ts";
import { type Membership, memberOnly, standingOf } from "./membership.ts";
import { retractField } from "./overlay.ts";

/** A message that somebody acts upon. */
export interface MessageTarget {
  readonly member: Membership;
  readonly head: ReadHead;
  /** The stored JSON text of its entry. */
  readonly text: string;
}

/**
 * A message of a person that the user may read. Throws `SEQ_OUT_OF_RANGE` where there is none for them,
 * `MESSAGE_RETRACTED` for what is gone, `NOT_EDITABLE` for what nobody wrote.
 */
export async function requireMessage(store: Kv, chatId: ChatId, userId: UserId, seq: number): Promise<MessageTarget> {
  const [standing, info, text, gone] = await Promise.all([
    standingOf(store, chatId, userId),
    readChatInfo(store, chatId),
    store.listGet(chatLog(chatId), seq - 1),
    isRetracted(store, chatId, seq),
  ]);
  const member = memberOnly(standing);
  if (text === null || seq < fromSeqOf(info, member)) throw new ReplyError("SEQ_OUT_OF_RANGE");
  const head = readHead(text);
  if (gone || head?.kind === "retracted") throw new ReplyError("MESSAGE_RETRACTED");
  if (head === null || head.kind === "system") throw new ReplyError("NOT_EDITABLE");
  return { member, head, text };
}

export async function isRetracted(store: Kv, chatId: ChatId, seq: number): Promise<boolean> {
  return (await store.hashGet(chatOverlay(chatId), retractField(seq))) !== null;
}

/** Those of `seqs` that were taken back. */
export async function retractedOf(store: Kv, chatId: ChatId, seqs: readonly number[]): Promise<Set<number>> {
  if (seqs.length === 0) return new Set();
  const marks = await store.hashGetMany(chatOverlay(chatId), seqs.map(retractField));
  return new Set(seqs.filter((_, i) => marks[i] !== null));
}
