import type { UserId } from "../../ids.ts";
import { PINS_MAX } from "../../limits.ts";
import type { Chat } from "../../schema/chat.ts";
import type { Message } from "../../schema/message.ts";

type SystemEntry = Extract<Message, { kind: "system" }>;

/** System entries told lately: more than come while a description of the chat is on its way. */
const RECENT_MAX = 64;

/** What the log's system entries say of the chat itself. */
export class ChatFacts {
  chat: Chat;
  /** Pinned messages, the one pinned last first. */
  pins: readonly number[];
  /** Entries up to here are part of `chat` and `pins` already. */
  #asOf: number;
  #recent: SystemEntry[] = [];

  constructor(chat: Chat, pins: readonly number[], asOf: number) {
    this.chat = chat;
    this.pins = pins;
    this.#asOf = asOf;
  }

  /** The server's word when the log ended at `head`; what was told since is newer. */
  pulled(chat: Chat, pins: readonly number[], head: number, me: UserId): void {
    this.chat = chat;
    this.pins = pins;
    this.#asOf = head;
    for (const entry of this.#recent) if (entry.seq > head) this.#apply(entry, me);
  }

  /** The server's word of an unknown moment. Its count of members is taken as it is. */
  described(chat: Chat, me: UserId): void {
    this.chat = chat;
    for (const entry of this.#recent) this.#apply(entry, me);
    this.chat = { ...this.chat, memberCount: chat.memberCount };
  }

  /** Entries of the log in its order. Answers true when they changed something. */
  told(messages: readonly Message[], me: UserId): boolean {
    let changed = false;
    for (const entry of messages) {
      if (entry.kind !== "system" || entry.seq <= this.#asOf) continue;
      this.#apply(entry, me);
      this.#recent.push(entry);
      changed = true;
    }
    this.#recent = this.#recent.slice(-RECENT_MAX);
    return changed;
  }

  /** The log is another one now. */
  restart(): void {
    this.#recent = [];
  }

  #apply({ sender, body }: SystemEntry, me: UserId): void {
    const { chat } = this;
    switch (body.event) {
      case "added":
        this.chat = { ...chat, memberCount: chat.memberCount + 1 };
        return;
      case "removed":
      case "left":
        this.chat = { ...chat, memberCount: Math.max(0, chat.memberCount - 1) };
        return;
      case "role":
        if (body.userId === me) this.chat = { ...chat, role: body.role };
        return;
      case "transferred":
        if (body.userId === me) this.chat = { ...unmuted(chat), role: "owner" };
        else if (sender === me) this.chat = { ...chat, role: "admin" };
        return;
      case "muted": {
        if (body.userId !== me) return;
        this.chat = body.untilMs === 0 ? unmuted(chat) : { ...chat, mutedUntil: body.untilMs };
        return;
      }
      case "changed":
        this.chat = changedChat(chat, body);
        return;
      case "pinned": {
        const others = this.pins.filter((seq) => seq !== body.seq);
        this.pins = body.on ? [body.seq, ...others].slice(0, PINS_MAX) : others;
        return;
      }
      case "created":
      case "contacts":
      case "deleted":
        return;
      default:
        body satisfies never;
    }
  }
}

/** Nobody mutes an owner. */
function unmuted({ mutedUntil: _mutedUntil, ...chat }: Chat): Chat {
  return chat;
}

type Changed = Extract<SystemEntry["body"], { event: "changed" }>;

function changedChat(chat: Chat, { event: _event, name, description, avatar, ...settings }: Changed): Chat {
  const { avatar: avatarBefore, ...rest } = chat;
  const picture = avatar === undefined ? avatarBefore : avatar;
  return {
    ...rest,
    ...(picture === undefined || picture === null ? {} : { avatar: picture }),
    ...(name === undefined ? {} : { name }),
    ...(description === undefined ? {} : { description }),
    settings: { ...chat.settings, ...settings },
    ...(settings.historyForNew === undefined ? {} : { fromSeq: settings.historyForNew ? 0 : chat.joinedSeq }),
  };
}

/** The entry by which this user is no longer in the chat. */
export function endsMembership(message: Message, me: UserId): boolean {
  if (message.kind !== "system") return false;
  const { body } = message;
  if (body.event === "deleted") return true;
  return (body.event === "removed" || body.event === "left") && body.userId === me;
}
