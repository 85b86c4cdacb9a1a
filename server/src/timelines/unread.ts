import { type ChatId, limits, type TextBody, type UserId } from "@parley/protocol";
import { readHeadBytes } from "../records/entry.ts";
import { chatLog } from "../store/keys.ts";
import type { Kv } from "../store/kv.ts";

/** Entries of one read. */
const STEP = 200;
/** Own and system entries between unread ones are skipped up to here; nobody scrolls back further to count. */
const SCANNED_MAX = 1000;

export interface Unread {
  readonly unread: number;
  /** Of these, the ones that mention the user. */
  readonly mentions: number;
}

/** The first seq that `countUnread` looks at. */
export function oldestCounted(first: number, head: number): number {
  return Math.max(first, head - SCANNED_MAX + 1);
}

/** Messages of others in `first` to `head`, counted from the newest back, at most to UNREAD_COUNT_MAX. */
export async function countUnread(
  store: Kv,
  chatId: ChatId,
  userId: UserId,
  { first, head, hidden }: { first: number; head: number; hidden: Promise<ReadonlySet<number>> },
): Promise<Unread> {
  const oldest = oldestCounted(first, head);
  let unread = 0;
  let mentions = 0;
  for (let to = head; to >= oldest; to -= STEP) {
    const from = Math.max(oldest, to - STEP + 1);
    const [entries, gone] = await Promise.all([store.listRangeBytes(chatLog(chatId), from - 1, to - 1), hidden]);
    entries.forEach((entry, i) => {
      if (gone.has(from + i) || !counts(entry, userId)) return;
      unread += 1;
      if (doesMention(entry, userId)) mentions += 1;
    });
    if (unread >= limits.UNREAD_COUNT_MAX) break;
  }
  return { unread: Math.min(unread, limits.UNREAD_COUNT_MAX), mentions: Math.min(mentions, limits.UNREAD_COUNT_MAX) };
}

function counts(entry: Uint8Array, userId: UserId): boolean {
  const head = readHeadBytes(entry);
  return head !== null && head.kind !== "system" && head.kind !== "retracted" && head.sender !== userId;
}

/** Looks before it parses: most messages mention nobody. */
function doesMention(entry: Uint8Array, userId: UserId): boolean {
  const bytes = Buffer.from(entry.buffer, entry.byteOffset, entry.byteLength);
  if (!bytes.includes('"mentionAll":true') && !bytes.includes(`"${userId}"`)) return false;
  const { kind, body } = JSON.parse(bytes.toString()) as { kind: string; body: Partial<TextBody> };
  return kind === "text" && (body.mentionAll === true || (body.mentions?.includes(userId) ?? false));
}
