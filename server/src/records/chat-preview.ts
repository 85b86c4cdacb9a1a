import type { ChatId, ChatPreview, JoinPolicy, UserId } from "@parley/protocol";
import type { Kv } from "../store/kv.ts";
import { readChatInfo } from "./chat-info.ts";
import { readChat } from "./chat-record.ts";
import { readAsk } from "./doorstep.ts";
import { membersOf } from "./membership.ts";

/** Groups that everybody may find. */
export function isListed(join: JoinPolicy): boolean {
  return join === "open" || join === "request";
}

/** What somebody who is no member may be told of a group; null for what is no group (any more). */
export async function viewPreview(store: Kv, chatId: ChatId, userId: UserId): Promise<ChatPreview | null> {
  const [record, info, members, ask] = await Promise.all([
    readChat(store, chatId),
    readChatInfo(store, chatId),
    membersOf(store, chatId),
    readAsk(store, chatId, userId),
  ]);
  if (record?.kind !== "group" || info.deletedSeq > 0) return null;
  const joined = members.some((member) => member.userId === userId);
  return {
    chatId,
    name: info.name ?? record.name,
    description: info.description ?? "",
    ...(info.avatar === undefined ? {} : { avatar: info.avatar }),
    memberCount: members.length,
    join: info.settings.join,
    joined,
    requested: ask !== null && !joined,
  };
}
