import type { ChatId, ClientId, UserId } from "../src/ids.ts";
import type { Chat } from "../src/schema/chat.ts";
import { DEFAULT_CHAT_SETTINGS } from "../src/schema/chat.ts";
import type { Message, SystemBody, TextBody } from "../src/schema/message.ts";
import type { Notice } from "../src/schema/sync.ts";
import type { StoredContent } from "./client-model-content.ts";

export interface ModelChat {
  readonly chatId: ChatId;
  readonly kind: "direct" | "group";
  /** Joined seq of each. */
  readonly members: Map<UserId, number>;
  log: Message[];
  readonly edits: Map<number, { version: number; body: TextBody }>;
  /** What all members see alike, as system entries have made it. */
  info: Pick<Chat, "name" | "description" | "avatar" | "settings">;
  readonly roles: Map<UserId, Chat["role"]>;
  readonly mutes: Map<UserId, number>;
  pins: number[];
}

type Unread = { unread: number; mentions: number };

/** The truth of a server, in a few lines: chats with their logs, inboxes and markers. */
export class ModelChats {
  epoch = "e1";
  readonly chats = new Map<ChatId, ModelChat>();
  readonly inboxes = new Map<UserId, Notice[]>();
  readonly read = new Map<string, number>();
  readonly delivered = new Map<string, number>();
  readonly hidden = new Map<string, Set<number>>();
  /** Each notice, after it was written. */
  noticed: (userId: UserId, notice: Notice, pos: number) => void = () => {};

  make(chatId: ChatId, kind: "direct" | "group", members: readonly UserId[]): void {
    this.chats.set(chatId, {
      chatId,
      kind,
      members: new Map(members.map((userId) => [userId, 0])),
      log: [],
      edits: new Map(),
      info: { settings: DEFAULT_CHAT_SETTINGS },
      roles: new Map(),
      mutes: new Map(),
      pins: [],
    });
    for (const userId of members) this.notify(userId, { kind: "joined", chatId, seq: 0 });
  }

  of(chatId: ChatId, userId: UserId): ModelChat | undefined {
    const chat = this.chats.get(chatId);
    return chat?.members.has(userId) ? chat : undefined;
  }

  append(chat: ModelChat, sender: UserId, clientId: ClientId, content: StoredContent, sentAt: number) {
    const known = chat.log.find((entry) => entry.kind !== "void" && entry.clientId === clientId);
    if (known && known.kind !== "void") return { seq: known.seq, sentAt: known.sentAt, fresh: null };
    const { disappearMs } = chat.info.settings;
    const place = { seq: chat.log.length + 1, sender, clientId, sentAt };
    const vanishes = disappearMs > 0 ? { expiresAt: sentAt + disappearMs } : {};
    const message: Message = { ...place, ...vanishes, ...content };
    chat.log.push(message);
    return { seq: message.seq, sentAt, fresh: message };
  }

  /** An entry about the chat itself, and what it changes. */
  system(chat: ModelChat, sender: UserId, clientId: ClientId, body: SystemBody, sentAt: number): Message {
    const message: Message = { seq: chat.log.length + 1, sender, clientId, sentAt, kind: "system", body };
    chat.log.push(message);
    switch (body.event) {
      case "added":
        chat.members.set(body.userId, message.seq);
        this.notify(body.userId, { kind: "joined", chatId: chat.chatId, seq: message.seq });
        break;
      case "removed":
      case "left":
        chat.members.delete(body.userId);
        this.notify(body.userId, { kind: "left", chatId: chat.chatId, seq: message.seq });
        break;
      case "role":
        chat.roles.set(body.userId, body.role);
        break;
      case "transferred":
        chat.roles.set(body.userId, "owner").set(sender, "admin");
        chat.mutes.delete(body.userId);
        break;
      case "muted":
        chat.mutes.set(body.userId, body.untilMs);
        break;
      case "changed": {
        const { event: _event, name, description, avatar, ...settings } = body;
        const { avatar: before, ...info } = chat.info;
        const picture = avatar === undefined ? before : avatar;
        chat.info = {
          ...info,
          ...(name === undefined ? {} : { name }),
          ...(description === undefined ? {} : { description }),
          ...(picture ? { avatar: picture } : {}),
          settings: { ...chat.info.settings, ...settings },
        };
        break;
      }
      case "pinned":
        chat.pins = chat.pins.filter((seq) => seq !== body.seq);
        if (body.on) chat.pins.unshift(body.seq);
        break;
      case "created":
      case "contacts":
      case "deleted":
        break;
    }
    return message;
  }

  /** The truth first, then whom it concerns. */
  retract(chat: ModelChat, seq: number, by?: UserId): void {
    const message = chat.log[seq - 1];
    if (message === undefined || message.kind === "void" || message.kind === "retracted") return;
    const { sender, clientId, sentAt } = message;
    const body = by === undefined ? {} : { by };
    chat.log[seq - 1] = { seq, sender, clientId, sentAt, kind: "retracted", retracted: true, body };
    for (const userId of chat.members.keys())
      this.notify(userId, { kind: "retract", chatId: chat.chatId, seq, ...body });
  }

  edit(chat: ModelChat, seq: number, body: TextBody): number {
    const version = (chat.edits.get(seq)?.version ?? 0) + 1;
    chat.edits.set(seq, { version, body });
    for (const userId of chat.members.keys()) {
      this.notify(userId, { kind: "edit", chatId: chat.chatId, seq, version });
    }
    return version;
  }

  hide(chat: ModelChat, userId: UserId, seqs: readonly number[]): void {
    const key = `${userId}:${chat.chatId}`;
    const hidden = this.hidden.get(key) ?? new Set();
    this.hidden.set(key, hidden);
    for (const seq of seqs) hidden.add(seq);
    this.notify(userId, { kind: "hide", chatId: chat.chatId, seqs: [...seqs] });
  }

  /** The log as this member sees it. */
  seen(chat: ModelChat, userId: UserId): Message[] {
    const hidden = this.hidden.get(`${userId}:${chat.chatId}`);
    return chat.log.map((message): Message => {
      if (hidden?.has(message.seq)) return { seq: message.seq, kind: "void" };
      const edit = chat.edits.get(message.seq);
      return edit && message.kind === "text" ? { ...message, body: edit.body, edited: edit.version } : message;
    });
  }

  notify(userId: UserId, notice: Notice): void {
    const inbox = this.inboxes.get(userId) ?? [];
    this.inboxes.set(userId, inbox);
    inbox.push(notice);
    this.noticed(userId, notice, inbox.length);
  }

  view(chat: ModelChat, userId: UserId): Chat {
    const mutedUntil = chat.mutes.get(userId) ?? 0;
    return {
      chatId: chat.chatId,
      kind: chat.kind,
      createdAt: 0,
      ...chat.info,
      role: chat.roles.get(userId) ?? "member",
      memberCount: chat.members.size,
      joinedSeq: chat.members.get(userId) ?? 0,
      fromSeq: chat.members.get(userId) ?? 0,
      ...(mutedUntil > 0 ? { mutedUntil } : {}),
    };
  }

  unread(chat: ModelChat, userId: UserId): Unread {
    const read = this.read.get(`${userId}:${chat.chatId}`) ?? 0;
    const first = Math.max(read + 1, chat.members.get(userId) ?? 0);
    const count = { unread: 0, mentions: 0 };
    for (const entry of this.seen(chat, userId)) {
      if (entry.seq < first || entry.kind === "void" || entry.kind === "system" || entry.kind === "retracted") continue;
      if (entry.sender === userId) continue;
      count.unread += 1;
      const { mentions = [], mentionAll } = entry.kind === "text" ? entry.body : {};
      if (mentionAll || mentions.includes(userId)) count.mentions += 1;
    }
    return count;
  }
}
