/** Takes the place of a later copy of a message: keeps its seq, travels like any entry, is never shown or counted. */
export const VOID_ENTRY = JSON.stringify({ kind: "void" });

/** What the store itself reads of an entry. */
export interface EntryMark {
  /** `sender:clientId`, as in the dedupe bucket. */
  readonly id: string;
  readonly sentAt: number;
}

/** Null for an entry of another id. Looks before it parses, since most entries of a scan are others'. */
export function markOf(entry: string, id: string): EntryMark | null {
  const clientId = id.slice(id.indexOf(":") + 1);
  if (!entry.includes(clientId)) return null;
  const value: unknown = JSON.parse(entry);
  if (typeof value !== "object" || value === null) return null;
  const { sender, clientId: own, sentAt } = value as { sender?: unknown; clientId?: unknown; sentAt?: unknown };
  if (`${sender}:${own}` !== id || typeof sentAt !== "number") return null;
  return { id, sentAt };
}
