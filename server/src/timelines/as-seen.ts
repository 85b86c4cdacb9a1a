import { VOID_ENTRY } from "../store/log-entry.ts";

const VOID = Buffer.from(VOID_ENTRY);

/** Stored entries from seq `from` on, as the user sees them: what they deleted for themselves is void. */
export function asSeen(
  entries: readonly Uint8Array[],
  from: number,
  hidden: ReadonlySet<number>,
): readonly Uint8Array[] {
  return hidden.size === 0 ? entries : entries.map((entry, i) => (hidden.has(from + i) ? VOID : entry));
}
