import { type ChatId, limits } from "@parley/protocol";
import { chatReactions, reactionPeople } from "../store/keys.ts";
import type { Kv } from "../store/kv.ts";

/**
 * The different emoji on a message have places: the first one that ever came has 1. A place is taken once, by HSETNX
 * in ascending order, so that two nodes cannot give one emoji two places and the limit is exact. Who reacted with the
 * n-th emoji is a hash of its own, whose length is the count: nothing is read that is not asked for, however many
 * people reacted to however many messages. An emoji that everybody withdrew keeps its place.
 */
const PLACES_MAX = limits.REACTIONS_PER_MESSAGE_MAX;
/** Most messages have no more different ones; of those the rest is read too. */
const READ_FIRST = 4;

const placeField = (seq: number, n: number) => `${seq}#${n}`;

/** The emoji of one message, that of place n at index n - 1. */
export async function emojiOf(store: Kv, chatId: ChatId, seq: number): Promise<string[]> {
  return readPlaces(store, chatId, seq, 1, PLACES_MAX);
}

/** The emoji of the messages `from` to `to` that have any. */
export async function emojiOfRange(
  store: Kv,
  chatId: ChatId,
  from: number,
  to: number,
): Promise<ReadonlyMap<number, readonly string[]>> {
  const buckets = new Map<string, number[]>();
  for (let seq = from; seq <= to; seq += 1) {
    const key = chatReactions(chatId, seq);
    buckets.set(key, [...(buckets.get(key) ?? []), seq]);
  }
  const found = new Map<number, string[]>();
  for (const [key, seqs] of buckets) {
    const fields = seqs.flatMap((seq) => Array.from({ length: READ_FIRST }, (_, i) => placeField(seq, i + 1)));
    const values = await store.hashGetMany(key, fields);
    seqs.forEach((seq, i) => {
      const emoji = upToGap(values.slice(i * READ_FIRST, (i + 1) * READ_FIRST));
      if (emoji.length > 0) found.set(seq, emoji);
    });
  }
  await Promise.all(
    [...found].map(async ([seq, emoji]) => {
      if (emoji.length === READ_FIRST) {
        emoji.push(...(await readPlaces(store, chatId, seq, READ_FIRST + 1, PLACES_MAX)));
      }
    }),
  );
  return found;
}

/** The place of an emoji on a message, taken when it has none; null when all places are taken by others. */
export async function takePlace(store: Kv, chatId: ChatId, seq: number, emoji: string): Promise<number | null> {
  const key = chatReactions(chatId, seq);
  const known = await emojiOf(store, chatId, seq);
  const at = known.indexOf(emoji);
  if (at >= 0) return at + 1;
  for (let n = known.length + 1; n <= PLACES_MAX; n += 1) {
    const field = placeField(seq, n);
    if (await store.hashSetNx(key, field, emoji)) return n;
    if ((await store.hashGet(key, field)) === emoji) return n;
  }
  return null;
}

/** Also those behind a gap, which who reacts while others erase leaves. */
export async function erasePlaces(store: Kv, chatId: ChatId, seq: number): Promise<void> {
  const key = chatReactions(chatId, seq);
  const all = Array.from({ length: PLACES_MAX }, (_, i) => i + 1);
  const values = await store.hashGetMany(
    key,
    all.map((n) => placeField(seq, n)),
  );
  const taken = all.filter((_, i) => values[i] !== null);
  if (taken.length === 0) return;
  // The people first: while a place is there, whoever erases again finds them.
  await Promise.all(taken.map((n) => store.delete(reactionPeople(chatId, seq, n))));
  await store.hashDelete(key, ...taken.map((n) => placeField(seq, n)));
}

async function readPlaces(store: Kv, chatId: ChatId, seq: number, from: number, to: number): Promise<string[]> {
  const fields = Array.from({ length: to - from + 1 }, (_, i) => placeField(seq, from + i));
  return upToGap(await store.hashGetMany(chatReactions(chatId, seq), fields));
}

function upToGap(values: readonly (string | null)[]): string[] {
  const end = values.indexOf(null);
  return values.slice(0, end < 0 ? values.length : end).filter((value) => value !== null);
}
