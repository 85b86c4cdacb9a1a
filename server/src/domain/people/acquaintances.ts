import type { UserId } from "@parley/protocol";
import { chatsOf, findMember } from "../../records/membership.ts";
import type { Kv } from "../../store/kv.ts";

/** Groups in which people are looked for; beyond, those who share nothing else are strangers. */
const GROUPS_MAX = 200;

/** Those of `userIds` with whom the user shares a chat, and who may therefore be seen to be online. */
export async function acquaintances(store: Kv, userId: UserId, userIds: readonly UserId[]): Promise<Set<UserId>> {
  const chats = await chatsOf(store, userId);
  const known = new Set(chats.map(({ peerId }) => peerId));
  const found = new Set(userIds.filter((id) => known.has(id)));
  let unknown = [...new Set(userIds)].filter((id) => !found.has(id) && id !== userId);
  const groups = chats.filter(({ peerId }) => peerId === null).slice(0, GROUPS_MAX);
  for (const { chatId } of groups) {
    if (unknown.length === 0) break;
    const members = await Promise.all(unknown.map((id) => findMember(store, chatId, id)));
    for (const member of members) if (member !== null) found.add(member.userId);
    unknown = unknown.filter((id) => !found.has(id));
  }
  return found;
}
