import { type ChatId, limits, type TextBody, type UserId } from "@parley/protocol";
import { isMissedCall, readHeadBytes } from "../records/entry.ts";
import type { Edit } from "../records/overlay.ts";
import { chatLog } from "../store/keys.ts";
import type { Kv } from "../store/kv.ts";
import { editsAmong, placed } from "./edited.ts";

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

/** From here to the head `countUnread` reads first; beyond the head when nothing can be unread. */
export function newestCounted(first: number, head: number): number {
  return Math.max(oldestCounted(first, head), head - STEP + 1);
}

export interface Counted {
  readonly first: number;
  readonly head: number;
  /** Entries from `newestCounted` to the head, which others need too. */
  readonly newest: () => Promise<readonly Uint8Array[]>;
  readonly hidden: Promise<ReadonlySet<number>>;
  /** Whether anything of the chat was edited or retracted. */
  readonly overlay: Promise<boolean>;
}

/** Messages of others in `first` to `head`, counted from the newest back, at most to UNREAD_COUNT_MAX. */
export async function countUnread(
  store: Kv,
  chatId: ChatId,
  userId: UserId,
  { first, head, newest, hidden, overlay }: Counted,
): Promise<Unread> {
  const oldest = oldestCounted(first, head);
  let unread = 0;
  let mentions = 0;
  for (let to = head; to >= oldest && unread < limits.UNREAD_COUNT_MAX; to -= STEP) {
    const from = Math.max(oldest, to - STEP + 1);
    const read = to === head ? newest() : store.listRangeBytes(chatLog(chatId), from - 1, to - 1);
    const [entries, gone] = await Promise.all([read, hidden]);
    const counted = placed(from, entries).filter(({ seq, entry }) => !gone.has(seq) && counts(entry, userId));
    const edits = (await overlay) ? await editsAmong(store, chatId, counted) : NO_EDITS;
    unread += counted.length;
    mentions += counted.filter(({ seq, entry }) => {
      const edit = edits.get(seq);
      return edit === undefined ? doesMention(entry, userId) : isMentioned(edit.body, userId);
    }).length;
  }
  return { unread: Math.min(unread, limits.UNREAD_COUNT_MAX), mentions: Math.min(mentions, limits.UNREAD_COUNT_MAX) };
}

const NO_EDITS: ReadonlyMap<number, Edit> = new Map();

function counts(entry: Uint8Array, userId: UserId): boolean {
  const head = readHeadBytes(entry);
  if (head === null || head.sender === userId) return false;
  if (head.kind === "call") return isMissedCall(Buffer.from(entry).toString());
  return head.kind !== "system" && head.kind !== "retracted";
}

/** Looks before it parses: most messages mention nobody. */
function doesMention(entry: Uint8Array, userId: UserId): boolean {
  const bytes = Buffer.from(entry.buffer, entry.byteOffset, entry.byteLength);
  if (!bytes.includes('"mentionAll":true') && !bytes.includes(`"${userId}"`)) return false;
  const { kind, body } = JSON.parse(bytes.toString()) as { kind: string; body: Partial<TextBody> };
  return kind === "text" && isMentioned(body, userId);
}

function isMentioned({ mentions, mentionAll }: Partial<TextBody>, userId: UserId): boolean {
  return mentionAll === true || (mentions?.includes(userId) ?? false);
}
