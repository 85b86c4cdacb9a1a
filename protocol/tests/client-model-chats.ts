import type { ChatId, ClientId, UserId } from "../src/ids.ts";
import type { Chat } from "../src/schema/chat.ts";
import { DEFAULT_CHAT_SETTINGS } from "../src/schema/chat.ts";
import type { Message } from "../src/schema/message.ts";
import type { Notice } from "../src/schema/sync.ts";
import type { StoredContent } from "./client-model-content.ts";

interface ModelChat {
  readonly chatId: ChatId;
  readonly kind: "direct" | "group";
  readonly members: Map<UserId, number>;
  log: Message[];
}

/** The truth of a server, in a few lines: chats with their logs, inboxes and markers. */
export class ModelChats {
  epoch = "e1";
  readonly chats = new Map<ChatId, ModelChat>();
  readonly inboxes = new Map<UserId, Notice[]>();
  readonly read = new Map<string, number>();
  readonly delivered = new Map<string, number>();

  make(chatId: ChatId, kind: "direct" | "group", members: readonly UserId[]): void {
    this.chats.set(chatId, { chatId, kind, members: new Map(members.map((userId) => [userId, 0])), log: [] });
    for (const userId of members) this.notify(userId, { kind: "joined", chatId, seq: 0 });
  }

  of(chatId: ChatId, userId: UserId): ModelChat | undefined {
    const chat = this.chats.get(chatId);
    return chat?.members.has(userId) ? chat : undefined;
  }

  append(chat: ModelChat, sender: UserId, clientId: ClientId, content: StoredContent, sentAt: number) {
    const known = chat.log.find((entry) => entry.kind !== "void" && entry.clientId === clientId);
    if (known && known.kind !== "void") return { seq: known.seq, sentAt: known.sentAt, fresh: null };
    const message: Message = { seq: chat.log.length + 1, sender, clientId, sentAt, ...content };
    chat.log.push(message);
    return { seq: message.seq, sentAt, fresh: message };
  }

  notify(userId: UserId, notice: Notice): void {
    const inbox = this.inboxes.get(userId) ?? [];
    this.inboxes.set(userId, inbox);
    inbox.push(notice);
  }

  view(chat: ModelChat, userId: UserId): Chat {
    return {
      chatId: chat.chatId,
      kind: chat.kind,
      createdAt: 0,
      role: "member",
      memberCount: chat.members.size,
      joinedSeq: chat.members.get(userId) ?? 0,
      fromSeq: chat.members.get(userId) ?? 0,
      settings: DEFAULT_CHAT_SETTINGS,
    };
  }

  unread(chat: ModelChat, userId: UserId): number {
    const read = this.read.get(`${userId}:${chat.chatId}`) ?? 0;
    return chat.log.filter((entry) => entry.seq > read && entry.kind === "text" && entry.sender !== userId).length;
  }
}
