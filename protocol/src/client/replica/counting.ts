import type { UserId } from "../../ids.ts";
import { UNREAD_COUNT_MAX } from "../../limits.ts";
import type { Message } from "../../schema/message.ts";

/** Does this entry count as unread for `me`? The server counts by the same rule. */
export function countsAsUnread(message: Message, me: UserId): boolean {
  return message.kind === "text" && message.sender !== me && message.retracted !== true;
}

export function countUnread(messages: readonly Message[], readSeq: number, me: UserId): number {
  return messages.filter((message) => message.seq > readSeq && countsAsUnread(message, me)).length;
}

export function capUnread(count: number): number {
  return Math.min(Math.max(count, 0), UNREAD_COUNT_MAX);
}

/** What a chat list shows: the newest entry that is shown at all. */
export function newestShown(messages: readonly Message[]): Message | null {
  return messages.findLast((message) => message.kind !== "void") ?? null;
}
