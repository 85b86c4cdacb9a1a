import {
  type ChatId,
  type ForwardItem,
  limits,
  type NewContent,
  ReplyError,
  type UserCard,
  type UserId,
} from "@parley/protocol";
import { readableFrom } from "../../records/chat-info.ts";
import { type Content, type EntryHead, type FileContent, readContent } from "../../records/entry.ts";
import { requireMember } from "../../records/membership.ts";
import { editCounts, hasOverlay, newestEdits } from "../../records/overlay.ts";
import { isFile } from "../../records/shown-files.ts";
import { readCard, readCards } from "../../records/user-record.ts";
import { chatLog } from "../../store/keys.ts";
import type { Kv } from "../../store/kv.ts";

type Source = EntryHead & Content;

/** A person's card as it is now, so that the message says the same later. Throws `NOT_FOUND`. */
export async function contactContent(store: Kv, userId: UserId): Promise<Content> {
  const card = await readCard(store, userId);
  if (card === null || card.deleted === true) throw new ReplyError("NOT_FOUND");
  return { kind: "contact", body: { user: card } };
}

/** Copies what the forwarder can read now. One message keeps its kind, several become one `forward`. */
export async function forwardContent(
  store: Kv,
  userId: UserId,
  { chatId, seqs }: Extract<NewContent, { kind: "forward" }>["body"],
): Promise<Content> {
  if (seqs.some((seq, i) => i > 0 && seq <= (seqs[i - 1] ?? 0))) {
    throw new ReplyError("INVALID_PARAMS", { message: "The seqs of a forward ascend" });
  }
  const sources = await readSources(store, userId, chatId, seqs);
  const [first] = sources;
  if (first === undefined) throw new ReplyError("SEQ_OUT_OF_RANGE");
  return sources.length === 1 ? forwardOne(first) : forwardMerged(store, sources);
}

/** Throws what keeps one of them from being forwarded. */
async function readSources(store: Kv, userId: UserId, chatId: ChatId, seqs: readonly number[]): Promise<Source[]> {
  const [member, texts, overlaid] = await Promise.all([
    requireMember(store, chatId, userId),
    Promise.all(seqs.map((seq) => store.listGet(chatLog(chatId), seq - 1))),
    hasOverlay(store, chatId),
  ]);
  const from = await readableFrom(store, chatId, member, seqs[0] ?? 0);
  const counts = overlaid ? await editCounts(store, chatId, seqs) : [];
  const edits = await newestEdits(store, chatId, new Map(seqs.map((seq, i) => [seq, counts[i] ?? 0])));
  return seqs.map((seq, i) => {
    const text = texts[i] ?? null;
    if (text === null || seq < from) throw new ReplyError("SEQ_OUT_OF_RANGE");
    const source = readContent(text);
    if (source === null || source.expiresAt !== undefined) throw new ReplyError("NOT_FORWARDABLE");
    const edit = edits.get(seq);
    return source.kind === "text" && edit !== undefined ? { ...source, body: edit.body } : source;
  });
}

function forwardOne(source: Source): Content {
  const { kind, body, sender, sentAt } = source;
  // Who voted for what belongs to the chat that was asked.
  if (kind === "poll") throw new ReplyError("NOT_FORWARDABLE");
  if (kind === "forward") return { kind, body };
  const content = copyOf(source);
  return { ...content, body: { ...content.body, forwarded: body.forwarded ?? { userId: sender, sentAt } } } as Content;
}

async function forwardMerged(store: Kv, sources: readonly Source[]): Promise<Content> {
  const cards = await readCards(store, [...new Set(sources.map(({ sender }) => sender))]);
  const byId = new Map(cards.map((card) => [card.userId, card]));
  const items = sources.map((source): ForwardItem => {
    const { sender, sentAt } = source;
    return { sender: byId.get(sender) ?? nobody(sender), sentAt, ...copyOf(source) };
  });
  const body = { items };
  if (Buffer.byteLength(JSON.stringify(body)) > limits.FORWARD_MAX_BYTES) throw new ReplyError("TEXT_TOO_LONG");
  return { kind: "forward", body };
}

/** Mentions and replies mean something in their own chat only. */
function copyOf(source: Source): Extract<Content, { kind: "text" | "location" | "contact" }> | FileContent {
  if (isFile(source)) {
    const { replyTo: _, ...body } = source.body;
    return { kind: source.kind, body };
  }
  const { kind, body } = source;
  if (kind === "poll" || kind === "forward") throw new ReplyError("NOT_FORWARDABLE");
  const { forwarded } = body;
  const origin = forwarded === undefined ? {} : { forwarded };
  if (kind === "text") return { kind, body: { text: body.text, ...origin } };
  if (kind === "contact") return { kind, body: { user: body.user, ...origin } };
  const { latitude, longitude, label } = body;
  return { kind, body: { latitude, longitude, ...(label === undefined ? {} : { label }), ...origin } };
}

function nobody(userId: UserId): UserCard {
  return { userId, handle: "", displayName: "", avatar: null, deleted: true };
}

/** Whether a stored entry may be what became of this: what was copied then may say something else now. */
export function isCopyOf(stored: string, given: Extract<NewContent, { kind: "contact" | "forward" }>): boolean {
  const content = readContent(stored);
  // Retracted since: it may have been.
  if (content === null) return true;
  const { kind, body } = content;
  if (given.kind === "contact") {
    return kind === "contact" && body.user.userId === given.body.userId && body.forwarded === undefined;
  }
  const count = given.body.seqs.length;
  if (kind === "forward") return count === 1 || body.items.length === count;
  return count === 1 && kind !== "poll" && body.forwarded !== undefined;
}
