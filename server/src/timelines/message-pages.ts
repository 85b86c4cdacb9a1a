import { limits, ReplyError } from "@parley/protocol";
import { readableFrom } from "../records/chat-info.ts";
import { readContent, readHead } from "../records/entry.ts";
import { hiddenSeqs, hidesIn } from "../records/hidden.ts";
import { inboxEnd, posOf } from "../records/inbox.ts";
import { memberOnly, standingOf } from "../records/membership.ts";
import { editCounts, editsOf, hasOverlay } from "../records/overlay.ts";
import { chatLog } from "../store/keys.ts";
import type { Kv } from "../store/kv.ts";
import { edited, type PlacedEntry } from "./edited.ts";
import type { Jobs } from "./jobs.ts";
import { Page } from "./page.ts";

const NOTHING: ReadonlySet<number> = new Set();

/** `message.get`. The cursor is read before the log, as for a page of history. */
export async function messagesPage(store: Kv, { userId, params, now }: Jobs["get"]): Promise<Uint8Array> {
  const { chatId } = params;
  const reading = inboxEnd(store, userId, now);
  if (!store.inOrder) await reading;
  const [end, standing, overlaid, hides] = await Promise.all([
    reading,
    standingOf(store, chatId, userId),
    hasOverlay(store, chatId),
    hidesIn(store, userId, chatId),
  ]);
  const asked = [...new Set(params.seqs)].sort((a, b) => a - b);
  const from = await readableFrom(store, chatId, memberOnly(standing), asked[0] ?? 0);
  const hidden = hides ? await hiddenSeqs(store, userId, chatId, asked[0] ?? 0, asked.at(-1) ?? 0) : NOTHING;
  const seqs = asked.filter((seq) => seq >= from && !hidden.has(seq));
  const stored = await Promise.all(
    seqs.map(async (seq): Promise<PlacedEntry[]> => {
      const [entry] = await store.listRangeBytes(chatLog(chatId), seq - 1, seq - 1);
      return entry === undefined ? [] : [{ seq, entry }];
    }),
  );
  const entries = overlaid ? await edited(store, chatId, stored.flat()) : stored.flat();
  const page = new Page().text('{"messages":[');
  entries.forEach(({ seq, entry }, i) => {
    page.text(i === 0 ? "" : ",").message(seq, entry);
  });
  page.text(`],"pos":${JSON.stringify(posOf(end))}}`);
  if (page.bytes > limits.REPLY_MAX_BYTES) throw new ReplyError("REPLY_TOO_LARGE");
  return page.join();
}

/** `message.edits`. Who edits sees to it that all versions fit into a reply. */
export async function editsPage(store: Kv, { userId, params }: Jobs["edits"]): Promise<Uint8Array> {
  const { chatId, seq } = params;
  const [standing, text, [count = 0]] = await Promise.all([
    standingOf(store, chatId, userId),
    store.listGet(chatLog(chatId), seq - 1),
    editCounts(store, chatId, [seq]),
  ]);
  const from = await readableFrom(store, chatId, memberOnly(standing), seq);
  if (text === null || seq < from) throw new ReplyError("SEQ_OUT_OF_RANGE");
  const message = readContent(text);
  if (readHead(text)?.kind === "retracted") throw new ReplyError("MESSAGE_RETRACTED");
  if (message?.kind !== "text") throw new ReplyError("NOT_EDITABLE");
  const edits = await editsOf(store, chatId, seq, count);
  const versions = [{ version: 0, at: message.sentAt, body: message.body }, ...edits];
  return new Page().text(JSON.stringify({ versions })).join();
}
