import type { Kv } from "../store/kv.ts";

/** Something that became true of a subject at an entry of a chat's log. */
export interface Fact {
  readonly seq: number;
  readonly value: string;
}

/** Facts of a subject are few (joined, left, joined again); four cost one small read. */
const READ_FIRST = 4;

/**
 * Facts are written once, into the fields `subject#1`, `subject#2` ... of a hash, each by HSETNX, and the one with the
 * highest seq counts. So a writer that wakes late overwrites nothing newer, a repeated write changes nothing, and the
 * truth about one subject is one read, however many there are.
 */
export async function addFact(store: Kv, key: string, subject: string, fact: Fact): Promise<void> {
  const text = `${fact.seq}:${fact.value}`;
  for (let n = 1; ; n += 1) {
    const field = `${subject}#${n}`;
    if (await store.hashSetNx(key, field, text)) return;
    if ((await store.hashGet(key, field)) === text) return;
  }
}

/** Null when nothing was ever said about the subject. */
export async function latestFact(store: Kv, key: string, subject: string): Promise<Fact | null> {
  let latest: Fact | null = null;
  for (let from = 1, count = READ_FIRST; ; from += count, count *= 2) {
    const fields = Array.from({ length: count }, (_, i) => `${subject}#${from + i}`);
    const texts = await store.hashGetMany(key, fields);
    for (const text of texts) {
      if (text === null) return latest;
      latest = later(latest, parseFact(text));
    }
  }
}

/** The latest fact of every subject. */
export async function latestFacts(store: Kv, key: string): Promise<Map<string, Fact>> {
  const latest = new Map<string, Fact>();
  for (const [field, text] of Object.entries(await store.hashGetAll(key))) {
    const subject = field.slice(0, field.indexOf("#"));
    latest.set(subject, later(latest.get(subject) ?? null, parseFact(text)));
  }
  return latest;
}

function later(one: Fact | null, other: Fact): Fact {
  return one === null || other.seq > one.seq ? other : one;
}

function parseFact(text: string): Fact {
  const colon = text.indexOf(":");
  return { seq: Number(text.slice(0, colon)), value: text.slice(colon + 1) };
}
