import { type Static, Type } from "typebox";
import { TimeMs, UserId } from "../ids.ts";
import { FIND_MAX, HANDLE_WIRE_MAX, USERS_PER_GET, WATCH_MAX } from "../limits.ts";
import { WireHandle } from "./account.ts";

/** What everybody may know of a person. */
export const UserCard = Type.Object({
  userId: UserId,
  handle: Type.String(),
  displayName: Type.String(),
  /** Hash of the avatar's bytes, or null. */
  avatar: Type.Union([Type.String(), Type.Null()]),
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

export const Presence = Type.Object({
  userId: UserId,
  state: Type.Union([Type.Literal("online"), Type.Literal("offline")]),
  /** When the last device left; absent while online or unknown. */
  lastSeenAt: Type.Optional(TimeMs),
});
export type Presence = Static<typeof Presence>;

/**
 * Follow the presence of these people on this connection, in place of those followed before. People with whom
 * the caller shares no chat are answered as offline and never reported.
 */
export const userWatch = {
  params: Type.Object({ userIds: Type.Array(UserId, { maxItems: WATCH_MAX }) }),
  result: Type.Object({ presence: Type.Array(Presence) }),
};
