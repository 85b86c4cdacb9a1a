import { type ChatId, ReplyError, type Role, type UserId } from "@parley/protocol";
import { chatMembers, OWNER, userChats } from "../store/keys.ts";
import type { Kv, Reads } from "../store/kv.ts";
import { addFact, type Fact, factsAbout, factsBySubject, factsOfPairs, latestFact } from "./facts.ts";
import { GONE, isMark, settled } from "./leaving.ts";
import { isLobby, readLobby } from "./lobby.ts";

/**
 * Who belongs to which chat. The truth is the membership entries of the chat's log; these two indexes of them, one at
 * the chat and one at the user, are what is asked. Direct chats have no such entries: both belong since seq 0.
 */
export interface Membership {
  readonly userId: UserId;
  readonly role: Role;
  /** The entry that made them a member, this time. */
  readonly joinedSeq: number;
  /** May be over already. 0: not muted. */
  readonly mutedUntil: number;
}

/** A chat in a user's own index. */
export interface OwnChat {
  readonly chatId: ChatId;
  /** The other person of a direct chat, null for a group. */
  readonly peerId: UserId | null;
  readonly joinedSeq: number;
  /** The chat of everybody. */
  readonly lobby?: true;
}

const NOTHING: Fact = { seq: 0, value: GONE };
const GROUP = "group";
const ROLE = "role:";
const MUTE = "mute:";

/** What somebody is to a chat is told by the facts about them and by what their marks came to. */
async function settledFacts(store: Reads, chatId: ChatId, userId: UserId): Promise<readonly Fact[]> {
  return settled(store, chatId, await factsAbout(store, chatMembers(chatId), userId));
}

/** How somebody came in. */
export type Joined = Omit<Membership, "mutedUntil">;

export async function writeJoined(store: Kv, chatId: ChatId, member: Joined, peerId: UserId | null): Promise<void> {
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

/** Counts only for as long as the person stays: it makes nobody a member. */
export async function writeRole(store: Kv, chatId: ChatId, userId: UserId, role: Role, seq: number): Promise<void> {
  await addFact(store, chatMembers(chatId), userId, { seq, value: ROLE + role });
}

/** `until` 0: not any more. Counts also for who leaves and comes back: that is no way around it. */
export async function writeMuted(store: Kv, chatId: ChatId, userId: UserId, until: number, seq: number): Promise<void> {
  await addFact(store, chatMembers(chatId), userId, { seq, value: MUTE + until });
}

/** What somebody is to a chat. */
export type Standing = Membership | "gone" | "stranger";

/** Who was removed is gone from the entry on that says so, whether or not the facts say it already (S8). */
export async function standingOf(store: Reads, chatId: ChatId, userId: UserId): Promise<Standing> {
  const facts = await settledFacts(store, chatId, userId);
  const member = membershipOf(userId, facts);
  if (member !== null) return member;
  if (await isLobby(store, chatId)) return inLobby(store, userId);
  return facts.length === 0 ? "stranger" : "gone";
}

/** Whose server it is has the say in its lobby. */
async function inLobby(store: Reads, userId: UserId): Promise<Membership> {
  const role = (await store.get(OWNER)) === userId ? "owner" : "member";
  return { userId, role, joinedSeq: 0, mutedUntil: 0 };
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

/** As the facts say: a deed that ends the membership and is not finished, or never will be, has not ended it yet. */
export async function isListedMember(store: Kv, chatId: ChatId, userId: UserId): Promise<boolean> {
  return membershipOf(userId, await factsAbout(store, chatMembers(chatId), userId)) !== null;
}

/** As the facts say. */
export async function membersOf(store: Kv, chatId: ChatId): Promise<Membership[]> {
  const facts = await factsBySubject(store, chatMembers(chatId));
  return [...facts].map(([userId, about]) => membershipOf(userId, about)).filter((member) => member !== null);
}

/** Those who were members when the entry `seq` came, whatever was written about them since. */
export async function membersBefore(store: Kv, chatId: ChatId, seq: number): Promise<Membership[]> {
  const facts = await factsBySubject(store, chatMembers(chatId));
  const before = ([userId, about]: [UserId, Fact[]]) =>
    membershipOf(
      userId,
      about.filter((fact) => fact.seq < seq),
    );
  return [...facts].map(before).filter((member) => member !== null);
}

/** What a user's own index says, and of which chats it is not known yet. */
export interface OwnFacts {
  /** As the facts say. */
  readonly chats: readonly OwnChat[];
  /** The facts about those of them that somebody was about to end the membership of. */
  readonly marked: ReadonlyMap<ChatId, readonly Fact[]>;
  /** How many facts there are: whatever changes adds one. */
  readonly count: number;
}

/** As the facts say. Not the lobby, which nobody has joined and which makes nobody known to anybody. */
export async function chatsOf(store: Reads, userId: UserId): Promise<readonly OwnChat[]> {
  return (await ownFacts(store, userId)).chats;
}

/** The same with the chat of everybody, for who asks `goneFrom` when it counts. */
export async function readOwnFacts(store: Kv, userId: UserId): Promise<OwnFacts> {
  const [own, lobby] = await Promise.all([ownFacts(store, userId), readLobby(store)]);
  if (lobby === null) return own;
  return { ...own, chats: [...own.chats, { chatId: lobby, peerId: null, joinedSeq: 0, lobby: true }] };
}

/** The chats among these of which they are no member by now, although the facts do not say so. */
export async function goneFrom(store: Kv, { marked }: OwnFacts): Promise<ReadonlySet<ChatId>> {
  const gone = new Set<ChatId>();
  await Promise.all(
    [...marked].map(async ([chatId, facts]) => {
      if ((await settled(store, chatId, facts)).at(-1)?.value === GONE) gone.add(chatId);
    }),
  );
  return gone;
}

/** The chats of which the user is a member by now, and the chat of everybody. */
export async function allChatsOf(store: Kv, userId: UserId): Promise<readonly OwnChat[]> {
  return presentChats(store, await readOwnFacts(store, userId));
}

/** Those of these chats of which the user is a member by now. */
export async function presentChats(store: Kv, own: OwnFacts): Promise<readonly OwnChat[]> {
  const gone = await goneFrom(store, own);
  return own.chats.filter(({ chatId }) => !gone.has(chatId));
}

async function ownFacts(store: Reads, userId: UserId): Promise<OwnFacts> {
  const chats: OwnChat[] = [];
  const marked = new Map<ChatId, readonly Fact[]>();
  let count = 0;
  for (const [chatId, facts] of factsOfPairs(await store.hashPairs(userChats(userId)))) {
    count += facts.length;
    const { seq, value } = facts.at(-1) ?? NOTHING;
    if (value === GONE) continue;
    chats.push({ chatId, peerId: value === GROUP ? null : value, joinedSeq: seq });
    if (facts.some(isMark)) marked.set(chatId, facts);
  }
  return { chats, marked, count };
}

export async function hasChat(store: Kv, userId: UserId, chatId: ChatId): Promise<boolean> {
  const fact = await latestFact(store, userChats(userId), chatId);
  return fact !== null && fact.value !== GONE;
}

/** The entry that ended somebody's last membership, and the last one that says anything about them; 0 for none. */
export async function lastFactsAbout(
  store: Kv,
  chatId: ChatId,
  userId: UserId,
): Promise<{ readonly goneSeq: number; readonly seq: number }> {
  const facts = await settledFacts(store, chatId, userId);
  return { goneSeq: facts.findLast(({ value }) => value === GONE)?.seq ?? 0, seq: facts.at(-1)?.seq ?? 0 };
}

/** Null for who is not a member by the end of the facts. */
export function membershipOf(userId: UserId, facts: readonly Fact[]): Membership | null {
  let seat = null as Joined | null;
  let mutedUntil = 0;
  for (const fact of facts) {
    const { seq, value } = fact;
    if (isMark(fact)) continue;
    if (value === GONE) seat = null;
    else if (value.startsWith(ROLE)) seat = promoted(seat, value.slice(ROLE.length) as Role);
    else if (value.startsWith(MUTE)) mutedUntil = Number(value.slice(MUTE.length));
    else seat = { userId, role: value as Role, joinedSeq: seq };
  }
  // Nobody could end the mute of an owner.
  return seat === null ? null : { ...seat, mutedUntil: seat.role === "owner" ? 0 : mutedUntil };
}

function promoted(seat: Joined | null, role: Role): Joined | null {
  return seat === null ? null : { ...seat, role };
}
