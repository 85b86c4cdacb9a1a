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

/** `message.history`. The cursor is read before the log: notices that come meanwhile are told again. */
export async function historyPage(store: Kv, { userId, params, epoch, now }: Jobs["history"]): Promise<Uint8Array> {
  const { chatId } = params;
  const [end, standing, info, head, hides, overlaid] = await Promise.all([
    inboxEnd(store, userId, now),
    standingOf(store, chatId, userId),
    readChatInfo(store, chatId),
    store.listLength(chatLog(chatId)),
    hidesIn(store, userId, chatId),
    hasOverlay(store, chatId),
  ]);
  const first = Math.max(1, fromSeqOf(info, memberOnly(standing)));
  const range = await rangeOf(store, params, first, head);
  const [stored, hidden] = await Promise.all([
    range.to < range.from ? [] : store.listRangeBytes(chatLog(chatId), range.from - 1, range.to - 1),
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
  page.text(`],"head":${head},"pos":${JSON.stringify(posOf(end))},"epoch":${JSON.stringify(epoch)}`);
  return page.text(more ? ',"more":true}' : "}").join();
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
