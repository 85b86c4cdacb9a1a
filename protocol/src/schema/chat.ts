import { type Static, Type } from "typebox";
import { ChatId, SeqOrZero, TimeMs, UserId } from "../ids.ts";
import { GROUP_CREATE_MAX, GROUP_NAME_MAX, MEMBER_PAGE_MAX } from "../limits.ts";
import { Empty } from "./account.ts";
import { UserCard } from "./people.ts";

export const Role = Type.Union([Type.Literal("owner"), Type.Literal("admin"), Type.Literal("member")]);
export type Role = Static<typeof Role>;

/** A chat as one of its members sees it. */
export const Chat = Type.Object({
  chatId: ChatId,
  kind: Type.Union([Type.Literal("direct"), Type.Literal("group")]),
  createdAt: TimeMs,
  /** Of a group. */
  name: Type.Optional(Type.String()),
  /** The other person of a direct chat. */
  peer: Type.Optional(UserCard),
  role: Role,
  memberCount: Type.Integer(),
  /** The caller's own entry into the chat; earlier messages are not theirs to read. */
  joinedSeq: SeqOrZero,
});
export type Chat = Static<typeof Chat>;

export const Member = Type.Object({ user: UserCard, role: Role, joinedSeq: SeqOrZero });
export type Member = Static<typeof Member>;

const GroupName = Type.String({ minLength: 1, maxLength: GROUP_NAME_MAX });

/** Idempotent: one direct chat per pair, whoever asks and however often. */
export const chatOpenDirect = { params: Type.Object({ userId: UserId }), result: Type.Object({ chat: Chat }) };

export const chatCreateGroup = {
  params: Type.Object({ name: GroupName, members: Type.Array(UserId, { maxItems: GROUP_CREATE_MAX }) }),
  result: Type.Object({ chat: Chat }),
};
export const chatGet = { params: Type.Object({ chatId: ChatId }), result: Type.Object({ chat: Chat }) };
export const chatLeave = { params: Type.Object({ chatId: ChatId }), result: Empty };

/** How far each member has received and read; members who never did either are left out. */
export const chatReceipts = {
  params: Type.Object({ chatId: ChatId }),
  result: Type.Object({
    receipts: Type.Array(Type.Object({ userId: UserId, read: SeqOrZero, delivered: SeqOrZero })),
  }),
};

/** The owner and admins add people. */
export const memberAdd = {
  params: Type.Object({ chatId: ChatId, userId: UserId }),
  result: Type.Object({ seq: SeqOrZero }),
};
/** The owner removes anybody else, an admin removes members. */
export const memberRemove = memberAdd;
/** Ascending by user id; `after` is the last user id of the page before. */
export const memberList = {
  params: Type.Object({
    chatId: ChatId,
    after: Type.Optional(UserId),
    limit: Type.Integer({ minimum: 1, maximum: MEMBER_PAGE_MAX }),
  }),
  result: Type.Object({ members: Type.Array(Member), more: Type.Optional(Type.Boolean()) }),
};
