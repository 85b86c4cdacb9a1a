import { type ChatId, limits, type UserId } from "@parley/protocol";
import { readHeadBytes } from "../records/entry.ts";
import { chatLog } from "../store/keys.ts";
import type { Kv } from "../store/kv.ts";

/** Entries of one read. */
const STEP = 200;
/** Own and system entries between unread ones are skipped up to here; nobody scrolls back further to count. */
const SCANNED_MAX = 1000;

/** Texts of others in `first` to `head`, counted from the newest back, at most to UNREAD_COUNT_MAX. */
export async function countUnread(
  store: Kv,
  chatId: ChatId,
  userId: UserId,
  first: number,
  head: number,
): Promise<number> {
  const oldest = Math.max(first, head - SCANNED_MAX + 1);
  let unread = 0;
  for (let to = head; to >= oldest; to -= STEP) {
    const from = Math.max(oldest, to - STEP + 1);
    for (const entry of await store.listRangeBytes(chatLog(chatId), from - 1, to - 1)) {
      const read = readHeadBytes(entry);
      if (read !== null && read.kind !== "system" && read.sender !== userId) unread += 1;
    }
    if (unread >= limits.UNREAD_COUNT_MAX) return limits.UNREAD_COUNT_MAX;
  }
  return unread;
}
