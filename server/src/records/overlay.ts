import { type ChatId, limits, type TextBody, type UserId } from "@parley/protocol";
import { chatOverlay } from "../store/keys.ts";
import type { Kv } from "../store/kv.ts";

/**
 * What became of a chat's entries after they were appended. Fields of one hash:
 * - `<seq>:r`: who retracted it, by HSETNX, so that the first one stays;
 * - `<seq>`: how many edits were begun, by HINCRBY, so that no two have the same version;
 * - `<seq>:<version>`: the body of an edit. One that was begun may never have been written; the newest that is there counts.
 * An edit never touches the log, and a tombstone in the log always wins: so no edit can undo a retract.
 */
export interface Retract {
  /** Absent: its time had come. */
  readonly by?: UserId;
  readonly at: number;
  /** Higher than that of the edits before. */
  readonly version: number;
}

export interface Edit {
  readonly version: number;
  readonly at: number;
  readonly body: TextBody;
}

export const retractField = (seq: number) => `${seq}:r`;
const editField = (seq: number, version: number) => `${seq}:${version}`;

/** Whether anything of the chat was ever edited or retracted. Where nothing was, nothing else is asked. */
export async function hasOverlay(store: Kv, chatId: ChatId): Promise<boolean> {
  return (await store.hashLength(chatOverlay(chatId))) > 0;
}

export async function readRetract(store: Kv, chatId: ChatId, seq: number): Promise<Retract | null> {
  const text = await store.hashGet(chatOverlay(chatId), retractField(seq));
  return text === null ? null : (JSON.parse(text) as Retract);
}

/** Answers the one that counts: the first. */
export async function putRetract(store: Kv, chatId: ChatId, seq: number, retract: Retract): Promise<Retract> {
  const won = await store.hashSetNx(chatOverlay(chatId), retractField(seq), JSON.stringify(retract));
  return won ? retract : ((await readRetract(store, chatId, seq)) ?? retract);
}

/** How many edits of each message were begun. */
export async function editCounts(store: Kv, chatId: ChatId, seqs: readonly number[]): Promise<number[]> {
  if (seqs.length === 0) return [];
  const texts = await store.hashGetMany(chatOverlay(chatId), seqs.map(String));
  return texts.map((text) => Math.min(Number(text ?? 0), limits.EDITS_MAX));
}

/** Takes a version; above EDITS_MAX there is none to take. */
export function takeVersion(store: Kv, chatId: ChatId, seq: number): Promise<number> {
  return store.hashIncrement(chatOverlay(chatId), String(seq), 1);
}

export async function putEdit(store: Kv, chatId: ChatId, seq: number, { version, body, at }: Edit): Promise<void> {
  await store.hashSet(chatOverlay(chatId), editField(seq, version), JSON.stringify({ body, at }));
}

/** All of them that are there, the oldest first. */
export async function editsOf(store: Kv, chatId: ChatId, seq: number, count: number): Promise<Edit[]> {
  if (count === 0) return [];
  const versions = Array.from({ length: count }, (_, i) => i + 1);
  const fields = versions.map((version) => editField(seq, version));
  const texts = await store.hashGetMany(chatOverlay(chatId), fields);
  return texts.flatMap((text, i) => (text === null ? [] : [editFrom(versions[i] ?? 0, text)]));
}

/** The newest edit of each message that has one; `counts` are theirs. */
export async function newestEdits(store: Kv, chatId: ChatId, counts: ReadonlyMap<number, number>) {
  const newest = new Map<number, Edit>();
  let asked = [...counts].filter(([, version]) => version > 0);
  while (asked.length > 0) {
    const fields = asked.map(([seq, version]) => editField(seq, version));
    const texts = await store.hashGetMany(chatOverlay(chatId), fields);
    const missing: typeof asked = [];
    asked.forEach(([seq, version], i) => {
      const text = texts[i] ?? null;
      if (text !== null) newest.set(seq, editFrom(version, text));
      else if (version > 1) missing.push([seq, version - 1]);
    });
    asked = missing;
  }
  return newest;
}

/** Of a retracted message: leaves nothing of what it ever said. */
export async function eraseEdits(store: Kv, chatId: ChatId, seq: number): Promise<void> {
  const [count = 0] = await editCounts(store, chatId, [seq]);
  if (count === 0) return;
  const fields = Array.from({ length: count }, (_, i) => editField(seq, i + 1));
  await store.hashDelete(chatOverlay(chatId), ...fields);
}

function editFrom(version: number, text: string): Edit {
  const { body, at } = JSON.parse(text) as Omit<Edit, "version">;
  return { version, at, body };
}
