import { type ChatId, limits, type Reaction, ReplyError, type UserId } from "@parley/protocol";
import { fromSeqOf, readChatInfo } from "../records/chat-info.ts";
import { memberOnly, standingOf } from "../records/membership.ts";
import { retractedOf } from "../records/message-target.ts";
import { emojiOfRange } from "../records/reactions.ts";
import { reactionPeople } from "../store/keys.ts";
import type { Kv } from "../store/kv.ts";
import type { Jobs } from "./jobs.ts";
import { Page } from "./page.ts";

/** Reactions that are read together, three small reads each. */
const BATCH = 128;
/** People named in one reply; the counts of further reactions are told without, so that any range fits. */
const NAMED_MAX = 1_000;

interface Found {
  readonly seq: number;
  /** Its place on the message. */
  readonly n: number;
  readonly emoji: string;
}

/** `message.reactions`. What it reads grows with what it tells, never with how many people reacted. */
export async function reactionsPage(store: Kv, { userId, params }: Jobs["reactions"]): Promise<Uint8Array> {
  const { chatId, from, to } = params;
  const [standing, info] = await Promise.all([standingOf(store, chatId, userId), readChatInfo(store, chatId)]);
  const fromSeq = fromSeqOf(info, memberOnly(standing));
  if (to < from || to - from >= limits.REACTIONS_RANGE_MAX) {
    throw new ReplyError("INVALID_PARAMS", { message: "The range is too long or ends before it begins" });
  }
  const emoji = await emojiOfRange(store, chatId, Math.max(from, fromSeq, 1), to);
  const gone = await retractedOf(store, chatId, [...emoji.keys()]);
  const found = [...emoji].flatMap(([seq, places]): Found[] =>
    gone.has(seq) ? [] : places.map((one, i) => ({ seq, n: i + 1, emoji: one })),
  );
  const messages = new Map<number, Reaction[]>();
  let named = 0;
  for (let at = 0; at < found.length; at += BATCH) {
    const batch = found.slice(at, at + BATCH);
    const reactions = await Promise.all(batch.map((one) => readReaction(store, chatId, one, userId)));
    batch.forEach(({ seq }, i) => {
      const reaction = reactions[i];
      if (reaction === undefined || reaction.count === 0) return;
      const people = reaction.people.slice(0, NAMED_MAX - named);
      named += people.length;
      messages.set(seq, [...(messages.get(seq) ?? []), { ...reaction, people }]);
    });
  }
  const result = [...messages].map(([seq, reactions]) => ({ seq, reactions }));
  const page = new Page().text(JSON.stringify({ messages: result.sort((a, b) => a.seq - b.seq) }));
  if (page.bytes > limits.REPLY_MAX_BYTES) throw new ReplyError("REPLY_TOO_LARGE");
  return page.join();
}

async function readReaction(store: Kv, chatId: ChatId, { seq, n, emoji }: Found, userId: UserId): Promise<Reaction> {
  const key = reactionPeople(chatId, seq, n);
  const [count, mine] = await Promise.all([store.hashLength(key), store.hashGet(key, userId)]);
  const people = count === 0 ? [] : await somePeople(store, key, count);
  return { emoji, count, mine: mine !== null, people };
}

/** The first who reacted; of very many, any. */
async function somePeople(store: Kv, key: string, count: number): Promise<UserId[]> {
  if (count <= limits.REACTION_PEOPLE_MAX) {
    const since = Object.entries(await store.hashGetAll(key));
    const names = since.sort(([, a], [, b]) => Number(a) - Number(b)).map(([userId]) => userId);
    return names.slice(0, limits.REACTION_PEOPLE_MAX);
  }
  const people = new Set<UserId>();
  for await (const [userId] of store.hashScan(key)) {
    people.add(userId);
    if (people.size >= limits.REACTION_PEOPLE_MAX) break;
  }
  return [...people];
}
