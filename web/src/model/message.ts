import type {
  CallBody,
  ContactBody,
  FileBody,
  FileKind,
  ForwardBody,
  ForwardItem,
  LocationBody,
  Message as LogEntry,
  NewFile,
  PollBody,
  SystemBody,
  TextBody,
  UserCard,
  UserId,
} from "@parley/protocol";
import type { FailureReason, OutboxEntry } from "@parley/protocol/client";
import { callWords } from "../i18n/call-words.ts";
import { fileWords } from "../i18n/file-text.ts";
import type { AttachedFile } from "./attached-file.ts";

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
  /** Of a location; the text is its name, or where it is. */
  readonly place?: LocationBody;
  /** Of somebody's card; the text is the name. */
  readonly contact?: UserCard;
  /** Of several messages forwarded as one; the text is theirs. */
  readonly items?: readonly ForwardItem[];
  /** A picture, a film, a voice or any other file; the text is its caption, or what it is. */
  readonly file?: AttachedFile;
  /** What a call left; the text says it in short. */
  readonly call?: CallBody;
  /** The server is still to copy it. */
  readonly copying?: "contact" | "forward";
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
  const retracted = entry.kind === "retracted";
  return {
    ...placed,
    kind: "text",
    ...(retracted ? { body: { text: "" } } : said(entry)),
    edited: !retracted && entry.edited !== undefined,
    ...("expiresAt" in entry && entry.expiresAt !== undefined ? { expiresAt: entry.expiresAt } : {}),
    retracted,
    waiting: undefined,
  };
}

/** What is copied by the server has no words of its own until it is stored. */
export function fromOutbox({ content, ...entry }: OutboxEntry, sender: UserId): TextMessage {
  const copied = content.kind === "contact" || content.kind === "forward";
  return {
    kind: "text",
    key: entry.clientId,
    seq: undefined,
    sender,
    sentAt: entry.createdAt,
    ...(copied ? { body: { text: "" }, copying: content.kind } : said(content)),
    edited: false,
    retracted: false,
    waiting: entry.state,
  };
}

type Said =
  | { readonly kind: "text"; readonly body: TextBody }
  | { readonly kind: "poll"; readonly body: PollBody }
  | { readonly kind: "location"; readonly body: LocationBody }
  | { readonly kind: "contact"; readonly body: ContactBody }
  | { readonly kind: "forward"; readonly body: ForwardBody }
  | { readonly kind: "call"; readonly body: CallBody }
  | { readonly kind: FileKind; readonly body: NewFile | FileBody };

type Content = Pick<TextMessage, "body" | "poll" | "place" | "contact" | "items" | "file" | "call">;

function said(content: Said): Content {
  switch (content.kind) {
    case "text":
      return { body: content.body };
    case "poll":
      return { body: { text: content.body.question }, poll: content.body };
    case "location": {
      const { replyTo, forwarded, label } = content.body;
      const text = label ?? coordinates(content.body);
      return { body: { text, ...about({ replyTo, forwarded }) }, place: content.body };
    }
    case "contact": {
      const { user, forwarded } = content.body;
      return { body: { text: user.displayName, ...about({ forwarded }) }, contact: user };
    }
    case "forward": {
      const text = content.body.items.map(({ sender, ...item }) => said(item).body.text).join("\n");
      return { body: { text }, items: content.body.items };
    }
    case "call":
      return { body: { text: callWords(content.body) }, call: content.body };
    default:
      return saidFile(content.kind, content.body);
  }
}

function saidFile(kind: FileKind, body: NewFile | FileBody): Content {
  const file: AttachedFile = { ...body, kind };
  const { replyTo } = body;
  const forwarded = "forwarded" in body ? body.forwarded : undefined;
  return { body: { text: fileWords(file), ...about({ replyTo, forwarded }) }, file };
}

function about({ replyTo, forwarded }: { replyTo?: number | undefined; forwarded?: TextBody["forwarded"] }) {
  return { ...(replyTo === undefined ? {} : { replyTo }), ...(forwarded === undefined ? {} : { forwarded }) };
}

/** Degrees as people write them down; a hundred-thousandth is a metre. */
export function coordinates({ latitude, longitude }: Pick<LocationBody, "latitude" | "longitude">): string {
  return `${latitude.toFixed(5)}, ${longitude.toFixed(5)}`;
}

/** Does it count as unread for this person, if they have not seen it? A call that was taken or turned down does not. */
export function isNews(message: Message, me: UserId | null): boolean {
  if (message.kind !== "text" || message.sender === me) return false;
  const outcome = message.call?.outcome;
  return outcome === undefined || (outcome !== "finished" && outcome !== "refused");
}

/** Everybody whose name the message needs. */
export function* namedIn(message: Message): Generator<UserId> {
  yield message.sender;
  if (message.kind === "text") {
    if (message.body.forwarded !== undefined) yield message.body.forwarded.userId;
    return;
  }
  if (message.body.event === "created") yield* message.body.members;
  else if ("userId" in message.body) yield message.body.userId;
}
