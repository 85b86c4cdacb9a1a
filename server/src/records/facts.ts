import type { Kv, Reads } from "../store/kv.ts";

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
  const text = factText(fact);
  // Most subjects have one fact only.
  if (await store.hashSetNx(key, fieldOf(subject, 1), text)) return;
  const known = await factTexts(store, key, subject);
  if (known.includes(text)) return;
  for (let n = known.length + 1; ; n += 1) {
    if (await store.hashSetNx(key, fieldOf(subject, n), text)) return;
    if ((await store.hashGet(key, fieldOf(subject, n))) === text) return;
  }
}

/** Puts `by` where `fact` is: for what nobody else writes, and nobody writes again once it is replaced. */
export async function replaceFact(store: Kv, key: string, subject: string, fact: Fact, by: Fact): Promise<void> {
  const known = await factTexts(store, key, subject);
  const fields = known.flatMap((text, i) => (text === factText(fact) ? [fieldOf(subject, i + 1)] : []));
  await Promise.all(fields.map((field) => store.hashSet(key, field, factText(by))));
}

/** Everything that was ever said about the subject, in the order of the log. */
export async function factsAbout(store: Reads, key: string, subject: string): Promise<Fact[]> {
  return (await factTexts(store, key, subject)).map(parseFact).sort(bySeq);
}

/** The same as it is written, and in the order of writing. */
async function factTexts(store: Reads, key: string, subject: string): Promise<string[]> {
  const texts: string[] = [];
  for (let from = 1, count = READ_FIRST; ; from += count, count *= 2) {
    const fields = Array.from({ length: count }, (_, i) => fieldOf(subject, from + i));
    for (const text of await store.hashGetMany(key, fields)) {
      if (text === null) return texts;
      texts.push(text);
    }
  }
}

/** The same of every subject. */
export async function factsBySubject(store: Reads, key: string): Promise<Map<string, Fact[]>> {
  return factsOfPairs(Object.entries(await store.hashGetAll(key)).flat());
}

/** The same of a hash that was read as `hashPairs` reads it. */
export function factsOfPairs(pairs: readonly string[]): Map<string, Fact[]> {
  const facts = new Map<string, Fact[]>();
  for (let n = 0; n + 1 < pairs.length; n += 2) {
    const [field = "", text = ""] = [pairs[n], pairs[n + 1]];
    const subject = field.slice(0, field.lastIndexOf("#"));
    const about = facts.get(subject);
    if (about === undefined) facts.set(subject, [parseFact(text)]);
    else insert(about, parseFact(text));
  }
  return facts;
}

/** Most subjects have one fact, and few have more than three: they are kept in order. */
function insert(facts: Fact[], fact: Fact): void {
  let at = facts.length;
  while (at > 0 && (facts[at - 1] as Fact).seq > fact.seq) at -= 1;
  facts.splice(at, 0, fact);
}

/** Null when nothing was ever said about the subject. */
export async function latestFact(store: Kv, key: string, subject: string): Promise<Fact | null> {
  return (await factsAbout(store, key, subject)).at(-1) ?? null;
}

/** The latest fact of every subject. */
export async function latestFacts(store: Reads, key: string): Promise<Map<string, Fact>> {
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

function fieldOf(subject: string, n: number): string {
  return `${subject}#${n}`;
}

function factText({ seq, value }: Fact): string {
  return `${seq}:${value}`;
}

function parseFact(text: string): Fact {
  const colon = text.indexOf(":");
  return { seq: Number(text.slice(0, colon)), value: text.slice(colon + 1) };
}
