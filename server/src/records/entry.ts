import type {
  CallBody,
  ClientId,
  ContactBody,
  FileBody,
  FileKind,
  ForwardBody,
  LocationBody,
  Message,
  PollBody,
  SystemBody,
  TextBody,
  UserId,
} from "@parley/protocol";

/** What a person says. */
export type Content =
  | { readonly kind: "text"; readonly body: TextBody }
  | { readonly kind: "location"; readonly body: LocationBody }
  | { readonly kind: "contact"; readonly body: ContactBody }
  | { readonly kind: "poll"; readonly body: PollBody }
  | { readonly kind: "forward"; readonly body: ForwardBody }
  | FileContent;

export interface FileContent {
  readonly kind: FileKind;
  readonly body: FileBody;
}

/** An entry of a chat's log before it has its seq, which is its place there. */
export type Entry = EntryHead & { readonly expiresAt?: number } & (
    | Content
    /** What a call leaves: the server says it for who began the call. */
    | { readonly kind: "call"; readonly body: CallBody }
    | { readonly kind: "system"; readonly body: SystemBody }
  );

export interface EntryHead {
  readonly sender: UserId;
  readonly clientId: ClientId;
  readonly sentAt: number;
}

/** JSON text as it is stored and travels. The head comes first and in this order, so that it is read without parsing the rest. */
export function entryText(entry: Entry): string {
  const { sender, clientId, sentAt, kind, body, expiresAt } = entry;
  return JSON.stringify({ sender, clientId, sentAt, kind, body, expiresAt });
}

/** What stays of a retracted message, or of one whose time had come: who and when, so that a resend still finds it. */
export function tombstoneText({ sender, clientId, sentAt }: EntryHead, by?: UserId): string {
  const body = by === undefined ? {} : { by };
  return JSON.stringify({ sender, clientId, sentAt, kind: "retracted", body, retracted: true });
}

const HEAD = /^\{"sender":"([a-z2-7]{26})","clientId":"([0-9a-f-]{36})","sentAt":(\d{1,16}),"kind":"([a-z]+)"/;
/** Longer than any head. */
const HEAD_BYTES = 192;

export interface ReadHead extends EntryHead {
  readonly kind: Message["kind"];
}

/** Null for a void, which has none. */
export function readHead(text: string): ReadHead | null {
  const [, sender, clientId, sentAt, kind] = HEAD.exec(text) ?? [];
  if (sender === undefined || clientId === undefined) return null;
  return { sender, clientId, sentAt: Number(sentAt), kind: kind as Message["kind"] };
}

/** The same of the stored bytes. */
export function readHeadBytes(bytes: Uint8Array): ReadHead | null {
  return readHead(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1", 0, HEAD_BYTES));
}

/** Where `clientIdText` stands in every entry but a void. */
export const CLIENT_ID_AT = `{"sender":"${"a".repeat(26)}","clientId":"`.length;

/** What an entry with this id has there. */
export function clientIdText(clientId: ClientId): string {
  return `${clientId}"`;
}

const NOBODYS: ReadonlySet<ReadHead["kind"]> = new Set(["void", "system", "call", "retracted"] as const);

/** What a person said and has not been taken back; null for all else. */
export function readContent(text: string): (EntryHead & Content & { readonly expiresAt?: number }) | null {
  const kind = readHead(text)?.kind;
  if (kind === undefined || NOBODYS.has(kind)) return null;
  return JSON.parse(text) as EntryHead & Content & { readonly expiresAt?: number };
}

/** Whether two texts say the same, whenever they were sent and whenever they vanish. What was retracted may have said anything. */
export function saysTheSame(one: string, other: string): boolean {
  if ([one, other].some((text) => readHead(text)?.kind === "retracted")) return true;
  const content = (text: string) => text.slice(text.indexOf(',"kind":')).replace(/,"expiresAt":\d+\}$/, "}");
  return content(one) === content(other);
}

/** When a stored message is to vanish; null for those that stay. Last of all, where no text that a person wrote can stand. */
export function readExpiry(text: string): number | null {
  const expiresAt = /\},"expiresAt":(\d{1,16})\}$/.exec(text)?.[1];
  return expiresAt === undefined ? null : Number(expiresAt);
}

/** Nobody answered a call, and perhaps nobody heard it: it waits to be seen like a message. */
export function isMissedCall(text: string): boolean {
  const { outcome } = (JSON.parse(text) as { body: CallBody }).body;
  return outcome === "missed" || outcome === "cancelled" || outcome === "busy";
}

/** What a system entry says; null for all others. */
export function readSystem(text: string): SystemBody | null {
  if (readHead(text)?.kind !== "system") return null;
  return (JSON.parse(text) as { body: SystemBody }).body;
}
