import type { Message as LogEntry, SystemBody, TextBody, UserId } from "@parley/protocol";
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
  readonly edited: boolean;
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
  if (entry.kind !== "text") return null;
  return {
    ...placed,
    kind: "text",
    body: entry.body,
    edited: entry.edited !== undefined,
    retracted: false,
    waiting: undefined,
  };
}

/** Null for what this page has no line for. */
export function fromOutbox({ content, ...entry }: OutboxEntry, sender: UserId): TextMessage | null {
  if (content.kind !== "text") return null;
  return {
    kind: "text",
    key: entry.clientId,
    seq: undefined,
    sender,
    sentAt: entry.createdAt,
    body: content.body,
    edited: false,
    retracted: false,
    waiting: entry.state,
  };
}

/** Everybody whose name the message needs. */
export function* namedIn(message: Message): Generator<UserId> {
  yield message.sender;
  if (message.kind === "text") return;
  if (message.body.event === "created") yield* message.body.members;
  else if ("userId" in message.body) yield message.body.userId;
}
