import { type Static, Type } from "typebox";
import { BlobHash, BytesUpTo, ChatId, TimeMs, UserId } from "../ids.ts";
import {
  AVATAR_MAX_BYTES,
  CONTACT_MESSAGE_MAX,
  CONTACT_PAGE_MAX,
  FIND_MAX,
  HANDLE_WIRE_MAX,
  LABEL_MAX,
  LABELS_PER_CONTACT_MAX,
  REMARK_MAX,
  USERS_PER_GET,
  WATCH_MAX,
} from "../limits.ts";
import { Empty, WireHandle } from "./account.ts";

/** What everybody may know of a person. */
export const UserCard = Type.Object({
  userId: UserId,
  handle: Type.String(),
  displayName: Type.String(),
  /** Hash of the avatar's bytes, or null. */
  avatar: Type.Union([Type.String(), Type.Null()]),
  /** The account is gone: `handle` and `displayName` are empty. */
  deleted: Type.Optional(Type.Boolean()),
});
export type UserCard = Static<typeof UserCard>;

/** Exactly one of the two: `handle` finds one person or nobody, `prefix` finds at most FIND_MAX. */
export const userFind = {
  params: Type.Union([
    Type.Object({ handle: WireHandle }),
    Type.Object({ prefix: Type.String({ minLength: 2, maxLength: HANDLE_WIRE_MAX }) }),
  ]),
  result: Type.Object({ users: Type.Array(UserCard, { maxItems: FIND_MAX }) }),
};

/** Unknown ids are left out of the answer. */
export const userGet = {
  params: Type.Object({ userIds: Type.Array(UserId, { minItems: 1, maxItems: USERS_PER_GET }) }),
  result: Type.Object({ users: Type.Array(UserCard) }),
};

/** What the caller noted about a person; nobody else sees it. */
export const Contact = Type.Object({
  user: UserCard,
  since: TimeMs,
  remark: Type.String(),
  labels: Type.Array(Type.String()),
});
export type Contact = Static<typeof Contact>;

/** A person as the caller may see them, fetched anew whenever it is opened (DIR-3). */
export const Profile = Type.Object({
  user: UserCard,
  about: Type.String(),
  pronouns: Type.String(),
  /** Present for contacts. */
  contact: Type.Optional(Contact),
  /** A contact request between the two that waits: from the caller (`out`) or for the caller (`in`). */
  request: Type.Optional(Type.Union([Type.Literal("in"), Type.Literal("out")])),
  /** By the caller. */
  blocked: Type.Boolean(),
  /** Whether the caller may write to this person now. */
  mayWrite: Type.Boolean(),
});
export type Profile = Static<typeof Profile>;

export const userProfile = { params: Type.Object({ userId: UserId }), result: Type.Object({ profile: Profile }) };

export const Presence = Type.Object({
  userId: UserId,
  state: Type.Union([Type.Literal("online"), Type.Literal("away"), Type.Literal("offline")]),
  /** When the last device left; absent while online or unknown. */
  lastSeenAt: Type.Optional(TimeMs),
});
export type Presence = Static<typeof Presence>;

/**
 * Follow the presence of these people on this connection, in place of those followed before. People with whom the
 * caller shares no chat, or who hide it from the caller, are answered as offline and never reported.
 */
export const userWatch = {
  params: Type.Object({ userIds: Type.Array(UserId, { maxItems: WATCH_MAX }) }),
  result: Type.Object({ presence: Type.Array(Presence) }),
};

/** A small picture by its hash: avatars of people and chats. Never changes, so it may be kept for ever. */
export const blobGet = {
  params: Type.Object({ hash: BlobHash }),
  result: Type.Object({ type: Type.Literal("image/webp"), data: BytesUpTo(AVATAR_MAX_BYTES) }),
};

/** Who asks for a contact, or is asked. */
export const ContactRequest = Type.Object({ user: UserCard, message: Type.String(), at: TimeMs });
export type ContactRequest = Static<typeof ContactRequest>;

/**
 * When the other has asked already, both are contacts at once: `accepted`, as it is for people who are contacts. Repeating
 * it changes nothing. Who blocked or ignores the caller is asked like anybody, and never hears of it. REQUEST_REFUSED for a
 * day after a refusal, and while too many requests wait for that person.
 */
export const contactRequest = {
  params: Type.Object({ userId: UserId, message: Type.Optional(Type.String({ maxLength: CONTACT_MESSAGE_MAX })) }),
  result: Type.Object({ accepted: Type.Boolean() }),
};
export const contactCancel = { params: Type.Object({ userId: UserId }), result: Empty };
/**
 * `accept` opens the direct chat and tells both; `refuse` tells both; `ignore` tells nobody. Idempotent: a repeated
 * answer changes nothing. NOT_FOUND when nothing was asked.
 */
export const contactAnswer = {
  params: Type.Object({
    userId: UserId,
    answer: Type.Union([Type.Literal("accept"), Type.Literal("refuse"), Type.Literal("ignore")]),
  }),
  result: Type.Object({ chatId: Type.Optional(ChatId) }),
};
/** The newest first; as many as fit into a reply. What the caller ignored is not among them. */
export const contactRequests = {
  params: Empty,
  result: Type.Object({ incoming: Type.Array(ContactRequest), outgoing: Type.Array(ContactRequest) }),
};
/** Ascending by user id; `after` is the last user id of the page before. */
export const contactList = {
  params: Type.Object({
    after: Type.Optional(UserId),
    limit: Type.Integer({ minimum: 1, maximum: CONTACT_PAGE_MAX }),
  }),
  result: Type.Object({ contacts: Type.Array(Contact), more: Type.Optional(Type.Boolean()) }),
};
/** Fields left out stay as they are; an empty remark takes it away. */
export const contactUpdate = {
  params: Type.Object({
    userId: UserId,
    remark: Type.Optional(Type.String({ maxLength: REMARK_MAX })),
    labels: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: LABEL_MAX }), { maxItems: LABELS_PER_CONTACT_MAX }),
    ),
  }),
  result: Empty,
};
/** Ends it for both. */
export const contactRemove = { params: Type.Object({ userId: UserId }), result: Empty };
/**
 * The person is not told. Ends contact and requests. Neither writes to the other or sees the other's presence, and they
 * cannot ask.
 */
export const contactBlock = { params: Type.Object({ userId: UserId }), result: Empty };
export const contactUnblock = { params: Type.Object({ userId: UserId }), result: Empty };
export const contactBlocked = { params: Empty, result: Type.Object({ users: Type.Array(UserCard) }) };
