import type { ChatId } from "@parley/protocol";
import { readHeadBytes } from "../records/entry.ts";
import { type Edit, editCounts, newestEdits } from "../records/overlay.ts";
import type { Kv } from "../store/kv.ts";

/** An entry of a log in its place, as the stored bytes. */
export interface PlacedEntry {
  readonly seq: number;
  readonly entry: Uint8Array;
}

/** The newest edits among these entries. For chats that have an overlay; only texts are edited. */
export async function editsAmong(
  store: Kv,
  chatId: ChatId,
  entries: readonly PlacedEntry[],
): Promise<Map<number, Edit>> {
  const texts = entries.filter(({ entry }) => readHeadBytes(entry)?.kind === "text").map(({ seq }) => seq);
  const counts = await editCounts(store, chatId, texts);
  return newestEdits(store, chatId, new Map(texts.map((seq, i) => [seq, counts[i] ?? 0])));
}

/** The entries as they read now. Those that were edited, and no others, are parsed. */
export async function edited(store: Kv, chatId: ChatId, entries: readonly PlacedEntry[]): Promise<PlacedEntry[]> {
  const edits = await editsAmong(store, chatId, entries);
  return entries.map(({ seq, entry }) => {
    const edit = edits.get(seq);
    return { seq, entry: edit === undefined ? entry : withEdit(entry, edit) };
  });
}

/** The same for entries that follow one another. */
export async function editedRange(
  store: Kv,
  chatId: ChatId,
  from: number,
  stored: readonly Uint8Array[],
): Promise<Uint8Array[]> {
  const entries = await edited(store, chatId, placed(from, stored));
  return entries.map(({ entry }) => entry);
}

export function placed(from: number, stored: readonly Uint8Array[]): PlacedEntry[] {
  return stored.map((entry, i) => ({ seq: from + i, entry }));
}

/** The head stays as it is and where it is. */
function withEdit(entry: Uint8Array, { body, version }: Edit): Uint8Array {
  const stored = JSON.parse(Buffer.from(entry).toString()) as object;
  return Buffer.from(JSON.stringify({ ...stored, body, edited: version }));
}
