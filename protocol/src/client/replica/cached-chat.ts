import type { ChatId, ClientId } from "../../ids.ts";
import type { Chat } from "../../schema/chat.ts";
import type { Message } from "../../schema/message.ts";
import type { OwnFields } from "./own-state.ts";

/** One row of the `chats` table. Optional fields are absent in rows of earlier versions. */
export interface CachedChat {
  readonly chat: Chat;
  readonly readSeq: number;
  /** The server may not know of `readSeq` yet. */
  readonly readUnsent: boolean;
  readonly unread: number;
  readonly mentions?: number;
  /** `unread` and `mentions` are from before something changed, and to be counted anew. */
  readonly uncounted?: boolean;
  readonly last: Message | null;
  /** `last` was hidden, and what is to be shown instead is to be looked for. */
  readonly lastHidden?: boolean;
  readonly pins?: readonly number[];
  readonly own?: OwnFields;
  /** Cached entries of which a newer version is to be fetched, with that version. */
  readonly stale?: readonly (readonly [seq: number, version: number])[];
  /** Cached entries that vanish, and when. */
  readonly expiring?: readonly (readonly [seq: number, at: number])[];
  /** Cached entries: every seq from `from` to `to`; none when `from` is greater. `to` is how far this chat was applied. */
  readonly from: number;
  readonly to: number;
  /** clientId of the entry at `to`, where it has one: lets the server notice a log that was rewritten. */
  readonly tail: ClientId | null;
}

/** All but the window. */
export type ChatFields = Omit<CachedChat, "from" | "to" | "tail">;

/** Entries in one row of the `messages` table: a page on a screen or two, and cheap to write again. */
export const PAGE_SEQS = 64;

export function pageOf(seq: number): number {
  return Math.floor(seq / PAGE_SEQS);
}

export function pageKey(chatId: ChatId, page: number): string {
  return `${chatId}:${page}`;
}

export function clientIdOf(message: Message | undefined): ClientId | null {
  return message === undefined || message.kind === "void" ? null : message.clientId;
}
