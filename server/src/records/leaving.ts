import type { ChatId, ClientId, UserId } from "@parley/protocol";
import { firstOccurrence } from "../store/append-once.ts";
import { chatLog, chatMembers, dedupeId, userChats } from "../store/keys.ts";
import type { Kv, Reads } from "../store/kv.ts";
import { readClaim } from "./claim.ts";
import { addFact, type Fact, replaceFact } from "./facts.ts";

/**
 * A membership ends by an entry of the log, and its facts can be written only after it: a node that dies in between would leave
 * a member to all who ask the facts. So the deed marks the membership before it appends. Who finds a mark looks for what
 * the deed has appended, and believes that; a mark without an entry means nothing. Marks stand among the facts, so that they
 * cost no read of their own: as facts of no entry, which come before all others.
 */
export interface Leaving {
  readonly chatId: ChatId;
  /** Of the entry. */
  readonly actor: UserId;
  readonly clientId: ClientId;
}

export const GONE = "gone";
const NO_ENTRY = 0;
const MARK = "leaving:";
/** What a mark becomes that is over: gone before they came says nothing, to nodes of earlier versions neither. */
const OVER: Fact = { seq: NO_ENTRY, value: GONE };

export async function markLeaving(store: Kv, leaving: Leaving, userId: UserId): Promise<void> {
  const mark = markOf(leaving);
  await Promise.all([
    addFact(store, chatMembers(leaving.chatId), userId, mark),
    addFact(store, userChats(userId), leaving.chatId, mark),
  ]);
}

/** When the facts say the same, or nothing will ever be appended. */
export async function endLeaving(store: Kv, leaving: Leaving, userId: UserId): Promise<void> {
  const mark = markOf(leaving);
  await Promise.all([
    replaceFact(store, chatMembers(leaving.chatId), userId, mark, OVER),
    replaceFact(store, userChats(userId), leaving.chatId, mark, OVER),
  ]);
}

export function isMark({ seq, value }: Fact): boolean {
  return seq === NO_ENTRY && value.startsWith(MARK);
}

/** Facts and what their marks have come to by now, in the order of the log: the truth at some moment after this is asked. */
export async function settled(store: Reads, chatId: ChatId, facts: readonly Fact[]): Promise<readonly Fact[]> {
  const marks = facts.filter(isMark);
  if (marks.length === 0) return facts;
  const seqs = await Promise.all(marks.map((mark) => entryOf(store, leavingOf(chatId, mark))));
  const ends = seqs.flatMap((seq): Fact[] => (seq === null ? [] : [{ seq, value: GONE }]));
  return [...facts.filter((fact) => !isMark(fact)), ...ends].sort((one, other) => one.seq - other.seq);
}

/** Null: nothing is in the log by the time this is asked. */
async function entryOf(store: Reads, { chatId, actor, clientId }: Leaving): Promise<number | null> {
  const claim = await readClaim(store, chatId, actor, clientId);
  if (claim === null) return null;
  if (claim.state === "done") return claim.seq;
  return (await firstOccurrence(store, chatLog(chatId), dedupeId(actor, clientId), claim.lo))?.seq ?? null;
}

function markOf({ actor, clientId }: Leaving): Fact {
  return { seq: NO_ENTRY, value: `${MARK}${actor}:${clientId}` };
}

function leavingOf(chatId: ChatId, { value }: Fact): Leaving {
  const [, actor = "", clientId = ""] = value.split(":");
  return { chatId, actor, clientId };
}
