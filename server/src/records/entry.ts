import type { ClientId, Message, PollBody, SystemBody, TextBody, UserId } from "@parley/protocol";

/** An entry of a chat's log before it has its seq, which is its place there. */
export type Entry = EntryHead &
  (
    | { readonly kind: "text"; readonly body: TextBody }
    | { readonly kind: "poll"; readonly body: PollBody }
    | { readonly kind: "system"; readonly body: SystemBody }
  );

export interface EntryHead {
  readonly sender: UserId;
  readonly clientId: ClientId;
  readonly sentAt: number;
}

/** JSON text as it is stored and travels. The head comes first and in this order, so that it is read without parsing the rest. */
export function entryText(entry: Entry): string {
  const { sender, clientId, sentAt, kind, body } = entry;
  return JSON.stringify({ sender, clientId, sentAt, kind, body });
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

/** Whether two texts say the same, whenever they were sent. */
export function saysTheSame(one: string, other: string): boolean {
  const content = (text: string) => text.slice(text.indexOf(',"kind":'));
  return content(one) === content(other);
}

/** What a system entry says; null for all others. */
export function readSystem(text: string): SystemBody | null {
  if (readHead(text)?.kind !== "system") return null;
  return (JSON.parse(text) as { body: SystemBody }).body;
}
