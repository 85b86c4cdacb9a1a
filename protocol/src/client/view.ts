import type { EventData } from "../events.ts";
import type { ChatId, ClientId, UserId } from "../ids.ts";
import type { Call, CallId } from "../schema/call.ts";
import type { Chat } from "../schema/chat.ts";
import type { Message, NewContent } from "../schema/message.ts";
import type { Presence } from "../schema/people.ts";
import type { ChatPrefs, Draft } from "../schema/settings.ts";
import type { Notice } from "../schema/sync.ts";
import type { ClientState, FailureReason, Fingerprint } from "./state.ts";
import type { Wish } from "./wishes.ts";

/** One chat as this client knows it now. */
export interface ChatView {
  readonly chat: Chat;
  /** The newest seq applied; the app has been told everything up to here. */
  readonly head: number;
  /** How far the user has read, on any device; at least up to where they came. */
  readonly readSeq: number;
  /** Not mine, not void, not system, not retracted, after `readSeq`; 200 means 200 or more. */
  readonly unread: number;
  /** Those of them that mention the user or everybody. */
  readonly mentions: number;
  /** The newest entry that a chat list can show, a long text cut; null while unknown or when the chat is empty. */
  readonly last: Message | null;
  /** Pinned messages, the one pinned last first. */
  readonly pins: readonly number[];
  /** What the user wants of this chat on all devices; what was set here is here before the server has it. */
  readonly prefs: ChatPrefs;
  /** What was begun to be written, on any device; empty when nothing is. */
  readonly draft: Draft;
  /** The user's starred messages, ascending. */
  readonly stars: readonly number[];
}

/** A message of one's own that the server has not acknowledged, or has refused. */
export interface OutboxEntry {
  readonly clientId: ClientId;
  readonly chatId: ChatId;
  readonly content: NewContent;
  /** The server's time when it was written, by this client's reckoning. */
  readonly createdAt: number;
  /** Order of writing in this storage; entries of a chat are sent in this order. */
  readonly order: number;
  readonly state: { readonly name: "sending" } | { readonly name: "failed"; readonly why: FailureReason };
}

/**
 * What the client tells the app. Messages of one chat come in seq order without gaps: each `messages` starts right
 * after the last one, unless `restart` is true: then forget this chat's messages; these are its newest, and older ones
 * are fetched with `history`.
 */
export interface ClientEvents {
  state: ClientState;
  /** From storage, before the network answers; also after a sign-in (empty then). */
  loaded: { readonly chats: readonly ChatView[]; readonly outbox: readonly OutboxEntry[] };
  messages: {
    readonly chatId: ChatId;
    readonly messages: readonly Message[];
    readonly source: "live" | "sync";
    readonly restart: boolean;
  };
  /**
   * Entries that were told or fetched before are these now: retracted, vanished, edited, or (`void`) hidden for this
   * user. Repeated ones must change nothing. Entries that the app does not hold may be among them.
   */
  messagesChanged: { readonly chatId: ChatId; readonly messages: readonly Message[] };
  /** A chat appeared or its state changed (name, counts, last message, own read marker, preferences, draft, pins). */
  chat: ChatView;
  /** The user left or was removed, or the server no longer knows the chat. */
  chatRemoved: { readonly chatId: ChatId };
  /** A notice of the inbox; repeated ones must change nothing. */
  notice: Notice;
  memberChanged: {
    readonly chatId: ChatId;
    readonly userId: UserId;
    readonly change: "added" | "removed" | "left" | "changed";
    readonly seq: number;
  };
  /** A hint for views that are open: one reaction of one person. */
  reaction: EventData<"reaction.changed">;
  /** A hint: votes of this poll changed, or it was closed. */
  poll: EventData<"poll.changed">;
  /** Why the session is about to end. */
  sessionEnded: EventData<"session.ended">;
  /** How far another member has read and received. */
  receipts: { readonly chatId: ChatId; readonly userId: UserId; readonly read: number; readonly delivered: number };
  /** A call of the user's chats rings, changes, or has ended; whole, and each state newer than the one before. */
  call: { readonly call: Call };
  /** The server does not know it any more: it ended while nobody could be told. */
  callGone: { readonly callId: CallId };
  typing: { readonly chatId: ChatId; readonly userId: UserId; readonly typing: boolean };
  presence: Presence;
  /** A setting that the user's devices share has this value now; undefined: it has none. */
  setting: { readonly key: string; readonly value: unknown };
  /** The server will not have a preference, draft or setting: what it has is shown again. */
  wishRefused: { readonly wish: Wish; readonly why: FailureReason };
  /** An own message's state. `sent` also when another tab sent it; `discarded` when a person gave it up. */
  outbox:
    | { readonly state: "sending" | "failed"; readonly entry: OutboxEntry }
    | {
        readonly state: "sent";
        readonly clientId: ClientId;
        readonly chatId: ChatId;
        readonly seq: number;
        readonly sentAt: number;
      }
    | { readonly state: "discarded"; readonly clientId: ClientId; readonly chatId: ChatId };
  /** The first pull after a connect is done: what is shown is what the server has. */
  synced: { readonly chats: number };
  /** The server's identity was replaced by a signed rotation. Told once. */
  identityRotated: { readonly from: Fingerprint; readonly to: Fingerprint };
  /** Everything cached is void (sign-out, another account, cursor too old): `chats` is what is true now. */
  reset: { readonly chats: readonly ChatView[] };
  /** Something that should not be: an invalid event, a storage that fails. For logs; never content. */
  warning: { readonly what: string };
}

export type ClientEventName = keyof ClientEvents;
