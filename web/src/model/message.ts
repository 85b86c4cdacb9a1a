import type { Message as LogEntry, PollBody, SystemBody, TextBody, UserId } from "@parley/protocol";
import type { FailureReason, OutboxEntry } from "@parley/protocol/client";

/** One line of a conversation as it is shown. The key stays the same from writing to reading. */
export type Message = TextMessage | SystemMessage;

export interface TextMessage {
  readonly kind: "text";
  readonly key: string;
  /** Undefined until the server has stored it. */
  readonly seq: number | undefined;
  readonly sender: UserId;
  readonly sentAt: number;
  readonly body: TextBody;
  /** Of a poll; the text is its question. */
  readonly poll?: PollBody;
  readonly edited: boolean;
  /** It vanishes then. */
  readonly expiresAt?: number;
  readonly retracted: boolean;
  /** Set while the message is in the outbox. */
  readonly waiting: { readonly name: "sending" } | { readonly name: "failed"; readonly why: FailureReason } | undefined;
}

export interface SystemMessage {
  readonly kind: "system";
  readonly key: string;
  readonly seq: number;
  readonly sender: UserId;
  readonly sentAt: number;
  readonly body: SystemBody;
}

/** Null for an entry that is never shown. */
export function fromLog(entry: LogEntry): Message | null {
  if (entry.kind === "void") return null;
  const placed = { key: entry.clientId, seq: entry.seq, sender: entry.sender, sentAt: entry.sentAt };
  if (entry.kind === "system") return { ...placed, kind: "system", body: entry.body };
  if (entry.kind !== "text" && entry.kind !== "poll") return null;
  return {
    ...placed,
    kind: "text",
    ...said(entry),
    edited: entry.edited !== undefined,
    ...(entry.expiresAt === undefined ? {} : { expiresAt: entry.expiresAt }),
    retracted: false,
    waiting: undefined,
  };
}

/** Null for what this page has no line for. */
export function fromOutbox({ content, ...entry }: OutboxEntry, sender: UserId): TextMessage | null {
  if (content.kind !== "text" && content.kind !== "poll") return null;
  return {
    kind: "text",
    key: entry.clientId,
    seq: undefined,
    sender,
    sentAt: entry.createdAt,
    ...said(content),
    edited: false,
    retracted: false,
    waiting: entry.state,
  };
}

type Said = { readonly kind: "text"; readonly body: TextBody } | { readonly kind: "poll"; readonly body: PollBody };

function said(content: Said): Pick<TextMessage, "body" | "poll"> {
  if (content.kind === "text") return { body: content.body };
  return { body: { text: content.body.question }, poll: content.body };
}

/** Everybody whose name the message needs. */
export function* namedIn(message: Message): Generator<UserId> {
  yield message.sender;
  if (message.kind === "text") return;
  if (message.body.event === "created") yield* message.body.members;
  else if ("userId" in message.body) yield message.body.userId;
}
