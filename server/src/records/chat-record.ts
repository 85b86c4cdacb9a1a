import type { Chat, ChatId, UserId } from "@parley/protocol";
import { chatKey } from "../store/keys.ts";
import type { Kv, Reads } from "../store/kv.ts";
import { fromSeqOf, readChatInfo } from "./chat-info.ts";
import { findMember, type Membership, membersOf, type OwnChat, requireMember } from "./membership.ts";
import { readCard } from "./user-record.ts";

/** What the chat itself is; written once at its creation. What changes is in chat-info.ts. */
export type ChatRecord =
  | { readonly kind: "direct"; readonly createdAt: number; readonly people: readonly [UserId, UserId] }
  | { readonly kind: "group" | "lobby"; readonly createdAt: number; readonly name: string };

/** Field by field and only where there is none yet, so that a repeated creation undoes nothing. */
export async function writeChat(store: Kv, chatId: ChatId, record: ChatRecord): Promise<void> {
  const own = record.kind === "direct" ? { people: record.people.join(" ") } : { name: record.name };
  const fields = { kind: record.kind, createdAt: String(record.createdAt), ...own };
  await Promise.all(Object.entries(fields).map(([field, value]) => store.hashSetNx(chatKey(chatId), field, value)));
}

export async function readChat(store: Reads, chatId: ChatId): Promise<ChatRecord | null> {
  const { kind, createdAt, people, name } = await store.hashGetAll(chatKey(chatId));
  if (kind === "direct") {
    const [one = "", other = ""] = (people ?? "").split(" ");
    return { kind, createdAt: Number(createdAt), people: [one, other] };
  }
  if (kind === "group" || kind === "lobby") return { kind, createdAt: Number(createdAt), name: name ?? "" };
  return null;
}

/** The chat as this member sees it. */
export async function viewChat(store: Kv, chatId: ChatId, { userId, joinedSeq }: Membership): Promise<Chat> {
  const record = await readChat(store, chatId);
  if (record === null) throw new Error("A chat with members has no record");
  const peerId = record.kind === "direct" ? record.people[record.people[0] === userId ? 1 : 0] : null;
  return viewOwnChat(store, userId, { chatId, peerId, joinedSeq });
}

/** The same for who has to be a member; refuses as `requireMember` does. */
export async function viewChatOf(store: Kv, chatId: ChatId, userId: UserId): Promise<Chat> {
  return viewChat(store, chatId, await requireMember(store, chatId, userId));
}

/** The same, for a chat of the user's own index: everything that it takes is read at once. */
export async function viewOwnChat(store: Kv, userId: UserId, own: OwnChat): Promise<Chat> {
  const { chatId, peerId, joinedSeq } = own;
  const [record, info, peer, members] = await Promise.all([
    readChat(store, chatId),
    readChatInfo(store, chatId),
    peerId === null ? null : readCard(store, peerId),
    peerId === null ? membersOf(store, chatId) : [],
  ]);
  if (record === null) throw new Error("A chat with members has no record");
  const { settings, description, avatar } = info;
  const common = { chatId, createdAt: record.createdAt, joinedSeq, fromSeq: fromSeqOf(info, own), settings };
  if (record.kind === "direct") {
    return { ...common, kind: "direct", role: "member", memberCount: 2, ...(peer === null ? {} : { peer }) };
  }
  const seat =
    record.kind === "lobby"
      ? await findMember(store, chatId, userId)
      : members.find((member) => member.userId === userId);
  const { role = "member", mutedUntil = 0 } = seat ?? {};
  return {
    ...common,
    kind: record.kind,
    name: info.name ?? record.name,
    ...(description === undefined ? {} : { description }),
    ...(avatar === undefined ? {} : { avatar }),
    role,
    memberCount: members.length,
    ...(mutedUntil === 0 ? {} : { mutedUntil }),
  };
}
