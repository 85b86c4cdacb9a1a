import { type CallFact, type CallId, type ChatId, limits } from "@parley/protocol";
import { CALLS, callKept, callKey, chatCalls } from "../store/keys.ts";
import type { Kv } from "../store/kv.ts";

/** Facts of one read: more than a call ever has, since those that end it are few. */
const FACTS_MAX = 2 * limits.CALL_CHANGES_MAX;
/** What is left of a call that has ended: for devices that ask late what became of it. */
const ENDED_SECONDS = 3600;
/** A call that nobody looks after any more, because no node runs, is forgotten after this. */
const LIVE_SECONDS = 24 * 3600;

/** The facts of a call after the first `from`. Empty when there is no such call, or nothing new. */
export async function readCallFacts(store: Kv, callId: CallId, from: number): Promise<CallFact[]> {
  const texts = await store.listRange(callKey(callId), from, from + FACTS_MAX);
  return texts.map((text) => JSON.parse(text) as CallFact);
}

/** Answers how many facts there are now. */
export function addCallFact(store: Kv, callId: CallId, fact: CallFact): Promise<number> {
  return store.listPush(callKey(callId), JSON.stringify(fact));
}

/** The call goes on: without that its keys would stay for ever, or go too early. */
export async function extendCall(store: Kv, chatId: ChatId, callId: CallId): Promise<void> {
  await Promise.all([
    ...[callKey(callId), callKept(callId)].map((key) => store.expire(key, LIVE_SECONDS)),
    store.expire(chatCalls(chatId), LIVE_SECONDS),
  ]);
}

export async function expireCall(store: Kv, callId: CallId): Promise<void> {
  await Promise.all([callKey(callId), callKept(callId)].map((key) => store.expire(key, ENDED_SECONDS)));
}

/** A call in the list of those that go on, everywhere. */
export interface ListedCall {
  readonly chatId: ChatId;
  readonly callId: CallId;
}

export async function listCall(store: Kv, { chatId, callId }: ListedCall, at: number): Promise<void> {
  await store.sortedAdd(CALLS, at, `${chatId}:${callId}`);
}

export async function unlistCall(store: Kv, { chatId, callId }: ListedCall): Promise<void> {
  await store.sortedRemove(CALLS, `${chatId}:${callId}`);
}

export async function isListed(store: Kv, { chatId, callId }: ListedCall): Promise<boolean> {
  return (await store.sortedScore(CALLS, `${chatId}:${callId}`)) !== null;
}

/** The newest ones; some may have ended already, or not begun yet. */
export async function listedCalls(store: Kv, most: number): Promise<ListedCall[]> {
  const members = await store.sortedNewest(CALLS, most);
  return members.map((member) => {
    const [chatId = "", callId = ""] = member.split(":");
    return { chatId, callId };
  });
}
