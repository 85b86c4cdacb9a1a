import { ReplyError, type UserId } from "@parley/protocol";
import { chatsOf } from "../../records/membership.ts";
import { type PairState, readPairState, sideOf } from "../../records/pair.ts";
import { privacyOf } from "../../records/user-record.ts";
import { userKey } from "../../store/keys.ts";
import type { Kv, Reads } from "../../store/kv.ts";

/** Why somebody may not write to somebody. Blocked or unwilling look alike from outside. */
export type WriteRefusal = "WRITE_REFUSED" | "YOU_BLOCKED";

/**
 * Null: they may. Asked on every send into a direct chat, so it is one round trip; only people who take messages from
 * shared groups alone cost a second one.
 */
export async function mayWrite(store: Reads, from: UserId, to: UserId): Promise<WriteRefusal | null> {
  const [state, fields] = await Promise.all([readPairState(store, from, to), readPolicy(store, to)]);
  return refusalBetween(store, from, to, state, fields);
}

/** Null: both may write to each other. What keeps `from` from writing comes first. */
export async function mayTalk(store: Kv, from: UserId, to: UserId): Promise<WriteRefusal | null> {
  const [state, theirs, own] = await Promise.all([
    readPairState(store, from, to),
    readPolicy(store, to),
    readPolicy(store, from),
  ]);
  const refusal = await refusalBetween(store, from, to, state, theirs);
  if (refusal !== null) return refusal;
  return (await refusalBetween(store, to, from, state, own)) === null ? null : "WRITE_REFUSED";
}

/** One of the two has blocked the other. */
export async function areApart(store: Kv, one: UserId, other: UserId): Promise<boolean> {
  const state = await readPairState(store, one, other);
  return [one, other].some((userId) => sideOf(state, userId).blocks !== undefined);
}

type Policy = readonly (string | null)[];

function readPolicy(store: Reads, userId: UserId): Promise<Policy> {
  return store.hashGetMany(userKey(userId), ["write", "deleted"]);
}

async function refusalBetween(
  store: Reads,
  from: UserId,
  to: UserId,
  state: PairState,
  [policy, deleted]: Policy,
): Promise<WriteRefusal | null> {
  // Nobody is there to read it.
  if (typeof deleted === "string") return "WRITE_REFUSED";
  if (sideOf(state, from).blocks !== undefined) return "YOU_BLOCKED";
  if (sideOf(state, to).blocks !== undefined) return "WRITE_REFUSED";
  if (state.contact !== undefined) return null;
  switch (privacyOf(policy, null).write) {
    case "anyone":
      return null;
    case "contacts":
      return "WRITE_REFUSED";
    case "sharedGroups":
      return (await shareGroup(store, from, to)) ? null : "WRITE_REFUSED";
  }
}

/** Throws the refusal. */
export async function requireMayWrite(store: Kv, from: UserId, to: UserId): Promise<void> {
  const refusal = await mayWrite(store, from, to);
  if (refusal !== null) throw new ReplyError(refusal);
}

async function shareGroup(store: Reads, one: UserId, other: UserId): Promise<boolean> {
  const [ones, others] = await Promise.all([chatsOf(store, one), chatsOf(store, other)]);
  const groups = new Set(ones.filter(({ peerId }) => peerId === null).map(({ chatId }) => chatId));
  return others.some(({ chatId }) => groups.has(chatId));
}
