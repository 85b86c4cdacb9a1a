import { type ChatId, ReplyError, type Role, type UserId } from "@parley/protocol";
import { readChat } from "../../records/chat-record.ts";
import { findMember, type Membership, requireMember } from "../../records/membership.ts";
import type { Kv } from "../../store/kv.ts";
import { BELOW, type Right, requireRight } from "./rights.ts";

/** Strangers and former members learn here what they may learn, before anything else is asked. */
export async function requireGroupMember(store: Kv, chatId: ChatId, userId: UserId): Promise<Membership> {
  const [member, chat] = await Promise.all([requireMember(store, chatId, userId), readChat(store, chatId)]);
  if (chat?.kind !== "group") throw new ReplyError("NOT_A_GROUP");
  return member;
}

/** The member to whom something is done by somebody with this role, whom it takes to stand above. */
export async function requireTarget(
  store: Kv,
  { chatId, role, userId, right }: { chatId: ChatId; role: Role; userId: UserId; right: Right },
): Promise<Membership> {
  requireRight(role, right);
  const target = await findMember(store, chatId, userId);
  if (target === null) throw new ReplyError("NOT_FOUND");
  if (!BELOW[role].includes(target.role)) throw new ReplyError("FORBIDDEN");
  return target;
}
