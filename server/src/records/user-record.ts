import type { Privacy, UserCard, UserId } from "@parley/protocol";
import { userKey } from "../store/keys.ts";
import type { Kv } from "../store/kv.ts";

/** Fields of a user's hash. All but `authGen` and what a person edits are written once. */
export interface UserRecord {
  readonly userId: UserId;
  readonly handle: string;
  readonly displayName: string;
  readonly createdAt: number;
}

/** Of the fields `write` and `presence`; absent until somebody chose. */
export function privacyOf(write: string | null | undefined, presence: string | null | undefined): Privacy {
  return {
    write: write === "contacts" || write === "sharedGroups" ? write : "anyone",
    presence: presence === "contacts" || presence === "nobody" ? presence : "everyone",
  };
}

export const CARD_FIELDS = ["handle", "displayName", "avatar", "deleted"] as const;

export function cardOf(userId: UserId, fields: readonly (string | null)[]): UserCard | null {
  const [handle, displayName, avatar, deleted] = fields;
  if (typeof deleted === "string") return { userId, handle: "", displayName: "", avatar: null, deleted: true };
  if (handle === null || handle === undefined) return null;
  return { userId, handle, displayName: displayName ?? handle, avatar: avatar || null };
}

export async function readCard(store: Kv, userId: UserId): Promise<UserCard | null> {
  return cardOf(userId, await store.hashGetMany(userKey(userId), CARD_FIELDS));
}

export async function readCards(store: Kv, userIds: readonly UserId[]): Promise<UserCard[]> {
  const cards = await Promise.all(userIds.map((userId) => readCard(store, userId)));
  return cards.filter((card) => card !== null);
}
