import type { UserId } from "../../ids.ts";
import { UNREAD_COUNT_MAX } from "../../limits.ts";
import type { Message } from "../../schema/message.ts";

/** Does this entry count as unread for `me`? The server counts by the same rule. */
export function countsAsUnread(message: Message, me: UserId): boolean {
  switch (message.kind) {
    case "void":
    case "system":
    case "retracted":
      return false;
    default:
      return message.sender !== me;
  }
}

export function countUnread(messages: readonly Message[], readSeq: number, me: UserId): number {
  return messages.filter((message) => message.seq > readSeq && countsAsUnread(message, me)).length;
}

export function capUnread(count: number): number {
  return Math.min(Math.max(count, 0), UNREAD_COUNT_MAX);
}

/** More than any row of a chat list shows; a text may have 16 KiB, and thousands of chats are held in memory. */
const PREVIEW_CHARACTERS = 256;

/** What a chat list shows: the newest entry that is shown at all, a long text cut. */
export function newestShown(messages: readonly Message[]): Message | null {
  const newest = messages.findLast((message) => message.kind !== "void");
  if (newest?.kind !== "text" || newest.body.text.length <= PREVIEW_CHARACTERS) return newest ?? null;
  return { ...newest, body: { ...newest.body, text: newest.body.text.slice(0, PREVIEW_CHARACTERS) } };
}
