import { type Static, Type } from "typebox";
import { BlobHash, BytesUpTo, ChatId, Seq, SeqOrZero, TimeMs, UserId } from "../ids.ts";
import {
  AVATAR_MAX_BYTES,
  CODE_MAX,
  CONTACT_MESSAGE_MAX,
  DESCRIPTION_MAX,
  DIRECTORY_PAGE_MAX,
  DISAPPEAR_MAX_MS,
  DISAPPEAR_MIN_MS,
  GROUP_CREATE_MAX,
  GROUP_NAME_MAX,
  INVITE_USES_MAX,
  MEMBER_PAGE_MAX,
  SLOW_MODE_MAX_MS,
} from "../limits.ts";
import { Empty } from "./account.ts";
import { UserCard } from "./people.ts";

export const Role = Type.Union([Type.Literal("owner"), Type.Literal("admin"), Type.Literal("member")]);
export type Role = Static<typeof Role>;

/**
 * How people who are not brought in by an admin get into a group. Invite links work beside all but `closed`. Who was removed
 * gets in by no way of their own (JOIN_CLOSED) until an admin adds, invites or approves them.
 */
export const JoinPolicy = Type.Union([
  /** By admins and by people whom they invite. */
  Type.Literal("closed"),
  /** By invite link. */
  Type.Literal("link"),
  /** Anybody may ask, admins approve. Listed in the directory. */
  Type.Literal("request"),
  /** Anybody. Listed in the directory. */
  Type.Literal("open"),
]);
export type JoinPolicy = Static<typeof JoinPolicy>;

const GroupName = Type.String({ minLength: 1, maxLength: GROUP_NAME_MAX });
const SlowModeMs = Type.Integer({ minimum: 0, maximum: SLOW_MODE_MAX_MS });
/** 0: messages stay. */
const DisappearMs = Type.Union([
  Type.Literal(0),
  Type.Integer({ minimum: DISAPPEAR_MIN_MS, maximum: DISAPPEAR_MAX_MS }),
]);

/** What admins decide about a group; of a direct chat only `disappearMs`, by either person. */
export const ChatSettings = Type.Object({
  join: JoinPolicy,
  /** Least time between two messages of a member who is no admin; 0 is off. */
  slowModeMs: SlowModeMs,
  /** Only admins write. */
  announcements: Type.Boolean(),
  /** New members may read what was written before they came. */
  historyForNew: Type.Boolean(),
  /** New messages vanish so long after they were sent. */
  disappearMs: DisappearMs,
});
export type ChatSettings = Static<typeof ChatSettings>;

/** Of a chat in which nobody has changed anything. */
export const DEFAULT_CHAT_SETTINGS: ChatSettings = {
  join: "closed",
  slowModeMs: 0,
  announcements: false,
  historyForNew: false,
  disappearMs: 0,
};

/** A chat as one of its members sees it. */
export const Chat = Type.Object({
  chatId: ChatId,
  kind: Type.Union([Type.Literal("direct"), Type.Literal("group"), Type.Literal("lobby")]),
  createdAt: TimeMs,
  /** Of a group or the lobby. */
  name: Type.Optional(Type.String()),
  description: Type.Optional(Type.String()),
  /** Hash of the group's avatar; `blob.get` has the bytes. */
  avatar: Type.Optional(BlobHash),
  /** The other person of a direct chat. */
  peer: Type.Optional(UserCard),
  role: Role,
  /** 0 for the lobby, to which everybody belongs. */
  memberCount: Type.Integer(),
  /** The caller's own entry into the chat. */
  joinedSeq: SeqOrZero,
  /** The first entry that the caller may read: `joinedSeq`, or 0 where new members see what was before. */
  fromSeq: SeqOrZero,
  /** The caller is muted until then. */
  mutedUntil: Type.Optional(TimeMs),
  settings: ChatSettings,
});
export type Chat = Static<typeof Chat>;

export const Member = Type.Object({
  user: UserCard,
  role: Role,
  joinedSeq: SeqOrZero,
  mutedUntil: Type.Optional(TimeMs),
});
export type Member = Static<typeof Member>;

const OfChat = Type.Object({ chatId: ChatId });
const ChatResult = Type.Object({ chat: Chat });
/** Of the system entry that tells it. */
const AtSeq = Type.Object({ seq: SeqOrZero });

/** Idempotent: one direct chat per pair, whoever asks and however often. */
export const chatOpenDirect = { params: Type.Object({ userId: UserId }), result: ChatResult };

export const chatCreateGroup = {
  params: Type.Object({ name: GroupName, members: Type.Array(UserId, { maxItems: GROUP_CREATE_MAX }) }),
  result: ChatResult,
};
/** A new group with both people of a direct chat and others; the direct chat stays as it is. */
export const chatExpand = {
  params: Type.Object({ chatId: ChatId, name: GroupName, members: Type.Array(UserId, { maxItems: GROUP_CREATE_MAX }) }),
  result: ChatResult,
};
export const chatGet = { params: OfChat, result: ChatResult };
export const chatLeave = { params: OfChat, result: Empty };
/** By the owner: everybody is out, and nobody can read it any more. */
export const chatDelete = { params: OfChat, result: Empty };

/** By admins. Fields left out stay as they are; an avatar is the bytes of a WebP picture, null takes it away. */
export const chatUpdate = {
  params: Type.Object({
    chatId: ChatId,
    name: Type.Optional(GroupName),
    description: Type.Optional(Type.String({ maxLength: DESCRIPTION_MAX })),
    avatar: Type.Optional(Type.Union([BytesUpTo(AVATAR_MAX_BYTES), Type.Null()])),
    join: Type.Optional(JoinPolicy),
    slowModeMs: Type.Optional(SlowModeMs),
    announcements: Type.Optional(Type.Boolean()),
    historyForNew: Type.Optional(Type.Boolean()),
    disappearMs: Type.Optional(DisappearMs),
  }),
  result: ChatResult,
};

/** How far each member has received and read; members who never did either are left out. */
export const chatReceipts = {
  params: OfChat,
  result: Type.Object({
    receipts: Type.Array(Type.Object({ userId: UserId, read: SeqOrZero, delivered: SeqOrZero })),
  }),
};

/** What somebody who is no member may know of a group that can be joined. */
export const ChatPreview = Type.Object({
  chatId: ChatId,
  name: Type.String(),
  description: Type.String(),
  avatar: Type.Optional(BlobHash),
  memberCount: Type.Integer(),
  join: JoinPolicy,
  /** The caller is a member already. */
  joined: Type.Boolean(),
  /** The caller's own request waits for an answer. */
  requested: Type.Boolean(),
});
export type ChatPreview = Static<typeof ChatPreview>;

/** Groups with `join` `open` or `request`, ascending by chat id. */
export const chatDirectory = {
  params: Type.Object({
    after: Type.Optional(ChatId),
    limit: Type.Integer({ minimum: 1, maximum: DIRECTORY_PAGE_MAX }),
  }),
  result: Type.Object({ chats: Type.Array(ChatPreview), more: Type.Optional(Type.Boolean()) }),
};

const LinkCode = Type.String({ minLength: 1, maxLength: CODE_MAX });
const ByCodeOrChat = Type.Union([Type.Object({ code: LinkCode }), OfChat]);

/** By invite link, or a group of the directory. */
export const chatPreview = { params: ByCodeOrChat, result: Type.Object({ preview: ChatPreview }) };
/** `requested`: an admin has to approve. Repeating it changes nothing. */
export const chatJoin = {
  params: Type.Object({
    code: Type.Optional(LinkCode),
    chatId: Type.Optional(ChatId),
    message: Type.Optional(Type.String({ maxLength: CONTACT_MESSAGE_MAX })),
  }),
  result: Type.Object({ chat: Type.Optional(Chat), requested: Type.Boolean() }),
};

export const ChatLink = Type.Object({
  code: Type.String(),
  createdBy: UserId,
  createdAt: TimeMs,
  expiresAt: Type.Optional(TimeMs),
  usesLeft: Type.Optional(Type.Integer()),
});
export type ChatLink = Static<typeof ChatLink>;
export const chatCreateLink = {
  params: Type.Object({
    chatId: ChatId,
    uses: Type.Optional(Type.Integer({ minimum: 1, maximum: INVITE_USES_MAX })),
    expiresInMs: Type.Optional(Type.Integer({ minimum: 60_000, maximum: 366 * 24 * 3600_000 })),
  }),
  result: Type.Object({ link: ChatLink }),
};
export const chatLinks = { params: OfChat, result: Type.Object({ links: Type.Array(ChatLink) }) };
export const chatRevokeLink = { params: Type.Object({ chatId: ChatId, code: LinkCode }), result: Empty };

export const JoinRequest = Type.Object({ user: UserCard, message: Type.String(), at: TimeMs });
export type JoinRequest = Static<typeof JoinRequest>;
export const chatJoinRequests = { params: OfChat, result: Type.Object({ requests: Type.Array(JoinRequest) }) };
/** By admins. NOT_FOUND when nobody asks (any more). */
export const chatAnswerJoin = {
  params: Type.Object({ chatId: ChatId, userId: UserId, accept: Type.Boolean() }),
  result: Empty,
};

/** An admin asks somebody in, who accepts or refuses. It counts only as long as who sent it is an admin. */
export const Invitation = Type.Object({ preview: ChatPreview, by: UserCard, at: TimeMs });
export type Invitation = Static<typeof Invitation>;
export const memberInvite = { params: Type.Object({ chatId: ChatId, userId: UserId }), result: Empty };
export const chatInvitations = { params: Empty, result: Type.Object({ invitations: Type.Array(Invitation) }) };
export const chatAnswerInvitation = {
  params: Type.Object({ chatId: ChatId, accept: Type.Boolean() }),
  result: Type.Object({ chat: Type.Optional(Chat) }),
};

/** The owner and admins add people who may be written to by them; others are invited. */
export const memberAdd = { params: Type.Object({ chatId: ChatId, userId: UserId }), result: AtSeq };
/** The owner removes anybody else, an admin removes members. */
export const memberRemove = memberAdd;
/** By the owner. */
export const memberSetRole = {
  params: Type.Object({
    chatId: ChatId,
    userId: UserId,
    role: Type.Union([Type.Literal("admin"), Type.Literal("member")]),
  }),
  result: AtSeq,
};
/** By the owner, who becomes an admin. */
export const memberTransfer = { params: Type.Object({ chatId: ChatId, userId: UserId }), result: AtSeq };
/** By who may remove the member; 0 ends it. */
export const memberMute = {
  params: Type.Object({ chatId: ChatId, userId: UserId, untilMs: TimeMs }),
  result: AtSeq,
};
/** Ascending by user id; `after` is the last user id of the page before. */
export const memberList = {
  params: Type.Object({
    chatId: ChatId,
    after: Type.Optional(UserId),
    limit: Type.Integer({ minimum: 1, maximum: MEMBER_PAGE_MAX }),
  }),
  result: Type.Object({ members: Type.Array(Member), more: Type.Optional(Type.Boolean()) }),
};

/** Pinned messages, the one pinned last first. */
export const messagePins = {
  params: OfChat,
  result: Type.Object({ pins: Type.Array(Type.Object({ seq: Seq, by: UserId, at: TimeMs })) }),
};
