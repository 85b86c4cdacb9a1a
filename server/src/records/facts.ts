import type { Kv } from "../store/kv.ts";

/** Something that became true of a subject at an entry of a chat's log. */
export interface Fact {
  readonly seq: number;
  readonly value: string;
}

/** Facts of a subject are few (joined, made an admin, muted, left); eight cost one small read. */
const READ_FIRST = 8;

/**
 * Facts are written once, into the fields `subject#1`, `subject#2` ... of a hash, each by HSETNX, and the order of their
 * seqs counts, not that of writing. So a writer that wakes late overwrites nothing newer, a repeated write changes nothing, and the
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

/** Everything that was ever said about the subject, in the order of the log. */
export async function factsAbout(store: Kv, key: string, subject: string): Promise<Fact[]> {
  const facts: Fact[] = [];
  for (let from = 1, count = READ_FIRST; ; from += count, count *= 2) {
    const fields = Array.from({ length: count }, (_, i) => `${subject}#${from + i}`);
    for (const text of await store.hashGetMany(key, fields)) {
      if (text === null) return facts.sort(bySeq);
      facts.push(parseFact(text));
    }
  }
}

/** The same of every subject. */
export async function factsBySubject(store: Kv, key: string): Promise<Map<string, Fact[]>> {
  const facts = new Map<string, Fact[]>();
  for (const [field, text] of Object.entries(await store.hashGetAll(key))) {
    const subject = field.slice(0, field.lastIndexOf("#"));
    const about = facts.get(subject);
    if (about === undefined) facts.set(subject, [parseFact(text)]);
    else about.push(parseFact(text));
  }
  for (const about of facts.values()) about.sort(bySeq);
  return facts;
}

/** Null when nothing was ever said about the subject. */
export async function latestFact(store: Kv, key: string, subject: string): Promise<Fact | null> {
  return (await factsAbout(store, key, subject)).at(-1) ?? null;
}

/** The latest fact of every subject. */
export async function latestFacts(store: Kv, key: string): Promise<Map<string, Fact>> {
  const latest = new Map<string, Fact>();
  for (const [field, text] of Object.entries(await store.hashGetAll(key))) {
    const subject = field.slice(0, field.lastIndexOf("#"));
    const fact = parseFact(text);
    if (fact.seq >= (latest.get(subject)?.seq ?? 0)) latest.set(subject, fact);
  }
  return latest;
}

function bySeq(one: Fact, other: Fact): number {
  return one.seq - other.seq;
}

function parseFact(text: string): Fact {
  const colon = text.indexOf(":");
  return { seq: Number(text.slice(0, colon)), value: text.slice(colon + 1) };
}
