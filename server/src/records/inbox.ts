import type { Pos, UserId } from "@parley/protocol";
import { userInbox } from "../store/keys.ts";
import type { Kv } from "../store/kv.ts";

const DAY_MS = 24 * 3600_000;
/** A bucket lives so long after its last notice; older cursors are answered with a reset. */
export const INBOX_KEPT_MS = 400 * DAY_MS;
/** Not every notice moves the expiry of its bucket, which is counted in months. */
const EXPIRE_EVERY = 64;

/**
 * A place in a user's inbox, which is a list for each month: `read` notices of `month` and `readBefore` of the month
 * before. Two months, because the clocks of nodes differ around the turn, and a notice may come late to the older one.
 */
export interface InboxPlace {
  /** `yyyymm`. */
  readonly month: string;
  readonly read: number;
  readonly readBefore: number;
}

export function monthOf(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 7).replace("-", "");
}

export function monthAfter(month: string, by: 1 | -1): string {
  return monthOf(Date.UTC(Number(month.slice(0, 4)), Number(month.slice(4)) - 1 + by));
}

export function posOf({ month, read, readBefore }: InboxPlace): Pos {
  return `${month}.${read}.${readBefore}`;
}

/** Null for what no server of ours made. */
export function placeOf(pos: Pos): InboxPlace | null {
  const [, month, read, readBefore] = /^(\d{4}(?:0[1-9]|1[0-2]))\.(\d{1,15})\.(\d{1,15})$/.exec(pos) ?? [];
  return month === undefined ? null : { month, read: Number(read), readBefore: Number(readBefore) };
}

/** Appends a notice, which is JSON text, and answers its number in the bucket of this month. */
export async function pushNotice(store: Kv, userId: UserId, month: string, text: string): Promise<number> {
  const key = userInbox(userId, month);
  const number = await store.listPush(key, text);
  if (number % EXPIRE_EVERY === 1) await store.expire(key, INBOX_KEPT_MS / 1000);
  return number;
}

/**
 * The end of the inbox now: what a client has seen once it has read everything. `seen` is the month of the client's own
 * place, which may have begun already by the clock of another node.
 */
export async function inboxEnd(store: Kv, userId: UserId, nowMs: number, seen?: string): Promise<InboxPlace> {
  const own = monthOf(nowMs);
  const month = seen === monthAfter(own, 1) ? seen : own;
  const [read, readBefore] = await Promise.all([
    store.listLength(userInbox(userId, month)),
    store.listLength(userInbox(userId, monthAfter(month, -1))),
  ]);
  return { month, read, readBefore };
}

/**
 * JSON texts of the notices between two places, oldest first; null when some that came after `from` are not kept any
 * more, when there are more than `most`, or when `from` is not a place of this inbox.
 */
export async function readInbox(
  store: Kv,
  userId: UserId,
  from: InboxPlace,
  to: InboxPlace,
  options: { readonly nowMs: number; readonly most: number },
): Promise<string[] | null> {
  if (from.month < monthOf(options.nowMs - INBOX_KEPT_MS) || from.month > to.month) return null;
  const parts = [
    { month: monthAfter(from.month, -1), start: from.readBefore },
    { month: from.month, start: from.read },
  ];
  for (let month = from.month; month < to.month; ) {
    month = monthAfter(month, 1);
    parts.push({ month, start: 0 });
  }
  const lengthOf = (month: string) => {
    if (month === to.month) return to.read;
    if (month === monthAfter(to.month, -1)) return to.readBefore;
    return store.listLength(userInbox(userId, month));
  };
  const lengths = await Promise.all(parts.map(({ month }) => lengthOf(month)));
  // A bucket that is shorter than what was read of it has lost its tail or has expired, the older one rightly so.
  if (parts.some(({ start }, i) => start > (lengths[i] ?? 0) && !(i === 0 && lengths[0] === 0))) return null;
  const count = parts.reduce((sum, { start }, i) => sum + Math.max(0, (lengths[i] ?? 0) - start), 0);
  if (count > options.most) return null;
  const texts = await Promise.all(
    parts.map(({ month, start }, i) => {
      const end = lengths[i] ?? 0;
      return end <= start ? [] : store.listRange(userInbox(userId, month), start, end - 1);
    }),
  );
  return texts.flat();
}
