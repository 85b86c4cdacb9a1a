import { type ChatId, ReplyError, type Role, type UserId } from "@parley/protocol";
import { chatMembers, userChats } from "../store/keys.ts";
import type { Kv } from "../store/kv.ts";
import { addFact, type Fact, latestFact, latestFacts } from "./facts.ts";

/**
 * Who belongs to which chat. The truth is the membership entries of the chat's log; these two indexes of them, one at
 * the chat and one at the user, are what is asked. Direct chats have no such entries: both belong since seq 0.
 */
export interface Membership {
  readonly userId: UserId;
  readonly role: Role;
  /** Entries before are not theirs to read. */
  readonly joinedSeq: number;
}

/** A chat in a user's own index. */
export interface OwnChat {
  readonly chatId: ChatId;
  /** The other person of a direct chat, null for a group. */
  readonly peerId: UserId | null;
  readonly joinedSeq: number;
}

const GONE = "gone";
const GROUP = "group";

export async function writeJoined(store: Kv, chatId: ChatId, member: Membership, peerId: UserId | null): Promise<void> {
  const { userId, role, joinedSeq: seq } = member;
  await Promise.all([
    addFact(store, chatMembers(chatId), userId, { seq, value: role }),
    addFact(store, userChats(userId), chatId, { seq, value: peerId ?? GROUP }),
  ]);
}

export async function writeGone(store: Kv, chatId: ChatId, userId: UserId, seq: number): Promise<void> {
  await Promise.all([
    addFact(store, chatMembers(chatId), userId, { seq, value: GONE }),
    addFact(store, userChats(userId), chatId, { seq, value: GONE }),
  ]);
}

/** What somebody is to a chat. */
export type Standing = Membership | "gone" | "stranger";

export async function standingOf(store: Kv, chatId: ChatId, userId: UserId): Promise<Standing> {
  const fact = await latestFact(store, chatMembers(chatId), userId);
  if (fact === null) return "stranger";
  return membershipOf(userId, fact) ?? "gone";
}

/** Throws `CHAT_NOT_FOUND` for strangers, for whom the chat does not exist, and `NOT_MEMBER` for those who were members. */
export function memberOnly(standing: Standing): Membership {
  if (standing === "stranger") throw new ReplyError("CHAT_NOT_FOUND");
  if (standing === "gone") throw new ReplyError("NOT_MEMBER");
  return standing;
}

export async function requireMember(store: Kv, chatId: ChatId, userId: UserId): Promise<Membership> {
  return memberOnly(await standingOf(store, chatId, userId));
}

/** Null for who is not a member now. */
export async function findMember(store: Kv, chatId: ChatId, userId: UserId): Promise<Membership | null> {
  const standing = await standingOf(store, chatId, userId);
  return typeof standing === "string" ? null : standing;
}

export async function membersOf(store: Kv, chatId: ChatId): Promise<Membership[]> {
  const facts = await latestFacts(store, chatMembers(chatId));
  return [...facts].map(([userId, fact]) => membershipOf(userId, fact)).filter((member) => member !== null);
}

export async function chatsOf(store: Kv, userId: UserId): Promise<OwnChat[]> {
  const chats: OwnChat[] = [];
  for (const [chatId, { seq, value }] of await latestFacts(store, userChats(userId))) {
    if (value !== GONE) chats.push({ chatId, peerId: value === GROUP ? null : value, joinedSeq: seq });
  }
  return chats;
}

export async function hasChat(store: Kv, userId: UserId, chatId: ChatId): Promise<boolean> {
  const fact = await latestFact(store, userChats(userId), chatId);
  return fact !== null && fact.value !== GONE;
}

function membershipOf(userId: UserId, fact: Fact): Membership | null {
  if (fact.value === GONE) return null;
  return { userId, role: fact.value as Role, joinedSeq: fact.seq };
}
