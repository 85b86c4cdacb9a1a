import type { ChatId, PollBody, UserId } from "@parley/protocol";
import { pollVotes } from "../store/keys.ts";
import type { Kv } from "../store/kv.ts";

/**
 * Votes of one poll. A person's votes are numbered by HINCRBY and the one with the highest number counts, so that a
 * writer who wakes late replaces nothing newer and everybody has one vote. The field `closed` is set once.
 */
const CLOSED = "closed";
/** Votes of one person before the newest that are cleared away with it: left by writers who died or came late. */
const CLEARED = 4;

const voteField = (userId: UserId, n: number) => `${userId}#${n}`;

/** Answers how to take it back, or to clear away what it replaced. */
export async function writeVote(
  store: Kv,
  chatId: ChatId,
  seq: number,
  vote: { readonly userId: UserId; readonly options: readonly number[] },
): Promise<{ readonly undo: () => Promise<void>; readonly settle: () => Promise<void> }> {
  const key = pollVotes(chatId, seq);
  const { userId, options } = vote;
  const n = await store.hashIncrement(key, userId, 1);
  await store.hashSet(key, voteField(userId, n), JSON.stringify(options));
  const older = Array.from({ length: Math.min(CLEARED, n - 1) }, (_, i) => voteField(userId, n - 1 - i));
  return {
    undo: async () => void (await store.hashDelete(key, voteField(userId, n))),
    settle: async () => void (older.length > 0 && (await store.hashDelete(key, ...older))),
  };
}

/** Final, and idempotent. */
export async function writeClosed(store: Kv, chatId: ChatId, seq: number, by: UserId, at: number): Promise<boolean> {
  return store.hashSetNx(pollVotes(chatId, seq), CLOSED, JSON.stringify({ by, at }));
}

/** By somebody, or because its time has come. */
export async function isClosed(store: Kv, chatId: ChatId, seq: number, poll: PollBody, now: number): Promise<boolean> {
  if (poll.closesAt !== undefined && poll.closesAt <= now) return true;
  return (await store.hashGet(pollVotes(chatId, seq), CLOSED)) !== null;
}

export interface Votes {
  /** Of those who chose something. Who left the chat later has voted nevertheless, as what they wrote stays too. */
  readonly byPerson: ReadonlyMap<UserId, readonly number[]>;
  readonly closed: boolean;
}

/** At once, so that a vote which is being replaced is never missed: at most two fields and a few left over for each voter. */
export async function readVotes(store: Kv, chatId: ChatId, seq: number): Promise<Votes> {
  const fields = await store.hashGetAll(pollVotes(chatId, seq));
  const newest = new Map<UserId, { readonly n: number; readonly text: string }>();
  for (const [field, text] of Object.entries(fields)) {
    const hash = field.indexOf("#");
    if (hash < 0) continue;
    const userId = field.slice(0, hash);
    const n = Number(field.slice(hash + 1));
    if (n > (newest.get(userId)?.n ?? 0)) newest.set(userId, { n, text });
  }
  const votes = [...newest].map(([userId, { text }]) => [userId, JSON.parse(text) as number[]] as const);
  return { byPerson: new Map(votes.filter(([, options]) => options.length > 0)), closed: CLOSED in fields };
}

export async function eraseVotes(store: Kv, chatId: ChatId, seq: number): Promise<void> {
  await store.delete(pollVotes(chatId, seq));
}
