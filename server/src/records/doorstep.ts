import type { ChatId, UserId } from "@parley/protocol";
import { chatAsks, userInvitations } from "../store/keys.ts";
import type { Kv } from "../store/kv.ts";

/** Somebody asks to be let into a chat. Kept at the chat, until it is answered, withdrawn or of no use any more. */
export interface Ask {
  readonly userId: UserId;
  readonly message: string;
  readonly at: number;
}

/** Somebody is asked into a chat. Kept at the person: that one key is the whole truth about it. */
export interface Invited {
  readonly chatId: ChatId;
  readonly by: UserId;
  readonly at: number;
}

export async function readAsk(store: Kv, chatId: ChatId, userId: UserId): Promise<Ask | null> {
  const text = await store.hashGet(chatAsks(chatId), userId);
  return text === null ? null : askOf(userId, text);
}

/** Who asked first comes first. */
export async function readAsks(store: Kv, chatId: ChatId): Promise<Ask[]> {
  const asks = await store.hashGetAll(chatAsks(chatId));
  return Object.entries(asks)
    .map(([userId, text]) => askOf(userId, text))
    .sort((a, b) => a.at - b.at);
}

export async function readInvited(store: Kv, userId: UserId, chatId: ChatId): Promise<Invited | null> {
  const text = await store.hashGet(userInvitations(userId), chatId);
  return text === null ? null : invitedOf(chatId, text);
}

/** The newest comes first. */
export async function readAllInvited(store: Kv, userId: UserId): Promise<Invited[]> {
  const invited = await store.hashGetAll(userInvitations(userId));
  return Object.entries(invited)
    .map(([chatId, text]) => invitedOf(chatId, text))
    .sort((a, b) => b.at - a.at);
}

function askOf(userId: UserId, text: string): Ask {
  return { userId, ...(JSON.parse(text) as Omit<Ask, "userId">) };
}

function invitedOf(chatId: ChatId, text: string): Invited {
  return { chatId, ...(JSON.parse(text) as Omit<Invited, "chatId">) };
}
