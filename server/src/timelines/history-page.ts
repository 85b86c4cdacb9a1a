import { limits, type Params, ReplyError } from "@parley/protocol";
import { fromSeqOf, readChatInfo } from "../records/chat-info.ts";
import { readHead } from "../records/entry.ts";
import { hiddenSeqs, hidesIn } from "../records/hidden.ts";
import { inboxEnd, posOf } from "../records/inbox.ts";
import { memberOnly, standingOf } from "../records/membership.ts";
import { hasOverlay } from "../records/overlay.ts";
import { chatLog } from "../store/keys.ts";
import type { Kv } from "../store/kv.ts";
import { asSeen } from "./as-seen.ts";
import { editedRange } from "./edited.ts";
import type { Jobs } from "./jobs.ts";
import { messageBytes, Page } from "./page.ts";

/** Room for what surrounds the messages, in the page and in the frame. */
const AROUND_BYTES = 1024;

/** `message.history`. */
export async function historyPage(store: Kv, { userId, params, epoch, now }: Jobs["history"]): Promise<Uint8Array> {
  const { chatId } = params;
  // The cursor is read before all else: notices that come meanwhile are told again. And who was removed is so by the time their
  // membership is read, which is after the log.
  const end = inboxEnd(store, userId, now);
  if (!store.inOrder) await end;
  const [pos, { head, ...read }, standing, info, hides, overlaid] = await Promise.all([
    end,
    readAhead(store, params),
    standingOf(store, chatId, userId),
    readChatInfo(store, chatId),
    hidesIn(store, userId, chatId),
    hasOverlay(store, chatId),
  ]);
  const first = Math.max(1, fromSeqOf(info, memberOnly(standing)));
  const range = await rangeOf(store, params, first, head);
  const [stored, hidden] = await Promise.all([
    within(read, range) ?? store.listRangeBytes(chatLog(chatId), range.from - 1, range.to - 1),
    hides ? hiddenSeqs(store, userId, chatId, range.from, range.to) : new Set<number>(),
  ]);
  const entries = overlaid ? await editedRange(store, chatId, range.from, stored) : stored;
  const kept = fitting(asSeen(entries, range.from, hidden), range);
  const last = kept.from + kept.stored.length - 1;
  const more = range.forward ? last < head && kept.stored.length > 0 : kept.from > first && kept.stored.length > 0;
  const page = new Page().text('{"messages":[');
  kept.stored.forEach((entry, i) => {
    page.text(i === 0 ? "" : ",").message(kept.from + i, entry);
  });
  page.text(`],"head":${head},"pos":${JSON.stringify(posOf(pos))},"epoch":${JSON.stringify(epoch)}`);
  return page.text(more ? ',"more":true}' : "}").join();
}

/** Entries of the log from seq `from` on. */
interface Stored {
  readonly from: number;
  readonly stored: readonly Uint8Array[];
}

/**
 * How long the log is, and what will be wanted of it, as far as that can be told before it is known what there is and what the
 * user may read: then nothing else is to be waited for.
 */
async function readAhead(store: Kv, params: Params<"message.history">): Promise<Stored & { readonly head: number }> {
  const { chatId, before, after, at, limit } = params;
  const log = chatLog(chatId);
  if (before === undefined && after === undefined && at === undefined) {
    const { length, entries } = await store.listTail(log, limit);
    return { head: length, from: length - entries.length + 1, stored: entries };
  }
  const from = after !== undefined ? after + 1 : Math.max(1, (before ?? 1) - limit);
  const to = after !== undefined ? after + limit : (before ?? 1) - 1;
  const [head, stored] = await Promise.all([store.listLength(log), store.listRangeBytes(log, from - 1, to - 1)]);
  return { head, from, stored };
}

/** What was read of a range; null when it was not all of it. */
function within({ from, stored }: Stored, range: Range): readonly Uint8Array[] | null {
  if (range.to < range.from) return [];
  if (range.from < from || range.to >= from + stored.length) return null;
  return stored.slice(range.from - from, range.to - from + 1);
}

interface Range {
  readonly from: number;
  readonly to: number;
  /** Later messages are to be kept for the next page when it does not fit, else earlier ones. */
  readonly forward: boolean;
}

async function rangeOf(store: Kv, params: Params<"message.history">, first: number, head: number): Promise<Range> {
  const { chatId, before, after, at, limit } = params;
  if ([before, after, at].filter((bound) => bound !== undefined).length > 1) {
    throw new ReplyError("INVALID_PARAMS", { message: "Only one of before, after and at" });
  }
  if (after !== undefined || at !== undefined) {
    const from = Math.max(
      first,
      after !== undefined ? after + 1 : await firstSince(store, chatId, at ?? 0, first, head),
    );
    return { from, to: Math.min(head, from + limit - 1), forward: true };
  }
  const to = Math.min(head, (before ?? head + 1) - 1);
  return { from: Math.max(first, to - limit + 1), to, forward: false };
}

/** By halving: entries are in the order of their times but for the milliseconds that clocks of nodes differ. */
async function firstSince(store: Kv, chatId: string, at: number, first: number, head: number): Promise<number> {
  let low = first;
  let high = head + 1;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if ((await sentAtOrBefore(store, chatId, middle, low)) < at) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** A void has no time: that of the entry before counts. */
async function sentAtOrBefore(store: Kv, chatId: string, seq: number, low: number): Promise<number> {
  for (let n = seq; n >= low; n -= 1) {
    const head = readHead((await store.listGet(chatLog(chatId), n - 1)) ?? "");
    if (head !== null) return head.sentAt;
  }
  return 0;
}

function fitting(stored: readonly Uint8Array[], { from, forward }: Range): { from: number; stored: Uint8Array[] } {
  const numbered = stored.map((entry, i) => ({ seq: from + i, entry }));
  const kept: { seq: number; entry: Uint8Array }[] = [];
  let bytes = AROUND_BYTES;
  for (const one of forward ? numbered : numbered.reverse()) {
    bytes += messageBytes(one.seq, one.entry) + 1;
    if (bytes > limits.REPLY_MAX_BYTES) break;
    kept.push(one);
  }
  kept.sort((a, b) => a.seq - b.seq);
  return { from: kept[0]?.seq ?? from, stored: kept.map(({ entry }) => entry) };
}
