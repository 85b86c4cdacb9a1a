import type { UserId } from "../../ids.ts";
import { UNREAD_COUNT_MAX } from "../../limits.ts";
import type { CallOutcome } from "../../schema/call.ts";
import type { Message } from "../../schema/message.ts";

/** Unread entries, and those among them that mention the user. */
export interface UnreadCount {
  readonly unread: number;
  readonly mentions: number;
}

/** Does this entry count as unread for `me`? The server counts by the same rule. */
export function countsAsUnread(message: Message, me: UserId): boolean {
  switch (message.kind) {
    case "void":
    case "system":
    case "retracted":
      return false;
    case "call":
      return message.sender !== me && isUnheard(message.body.outcome);
    default:
      return message.sender !== me;
  }
}

/** A call that was taken or turned down is no news. */
function isUnheard(outcome: CallOutcome): boolean {
  return outcome === "missed" || outcome === "cancelled" || outcome === "busy";
}

/** Does it mention `me`, or everybody? */
export function mentions(message: Message, me: UserId): boolean {
  if (message.kind !== "text") return false;
  return message.body.mentionAll === true || (message.body.mentions?.includes(me) ?? false);
}

export function countUnread(messages: readonly Message[], readSeq: number, me: UserId): UnreadCount {
  const unread = messages.filter((message) => message.seq > readSeq && countsAsUnread(message, me));
  return { unread: unread.length, mentions: unread.filter((message) => mentions(message, me)).length };
}

export function addCounts(one: UnreadCount, other: UnreadCount): UnreadCount {
  return { unread: one.unread + other.unread, mentions: one.mentions + other.mentions };
}

/** Neither below none nor beyond what is counted. */
export function capUnread({ unread, mentions: mentioning }: UnreadCount): UnreadCount {
  const cap = (count: number) => Math.min(Math.max(count, 0), UNREAD_COUNT_MAX);
  return { unread: cap(unread), mentions: cap(mentioning) };
}

/** More than any row of a chat list shows; a text may have 16 KiB, and thousands of chats are held in memory. */
const PREVIEW_CHARACTERS = 256;

/** What a chat list shows: the newest entry that is shown at all, a long text cut. */
export function newestShown(messages: readonly Message[]): Message | null {
  const newest = messages.findLast((message) => message.kind !== "void");
  return newest === undefined ? null : preview(newest);
}

export function preview(message: Message): Message {
  if (message.kind === "forward") return { ...message, body: { items: message.body.items.slice(0, 1) } };
  if (message.kind !== "text" || message.body.text.length <= PREVIEW_CHARACTERS) return message;
  return { ...message, body: { ...message.body, text: message.body.text.slice(0, PREVIEW_CHARACTERS) } };
}
