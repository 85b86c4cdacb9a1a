import { ReplyError } from "../src/errors.ts";
import type { ChatId, UserId } from "../src/ids.ts";
import type { Method, Params } from "../src/requests.ts";
import type { ChatPrefs, Draft, Setting } from "../src/schema/settings.ts";
import type { ModelChats } from "./client-model-chats.ts";

/** What each user has of their own: the last write counts, under the next version. */
export class ModelPersonal {
  readonly prefs = new Map<string, { prefs: ChatPrefs; version: number }>();
  readonly drafts = new Map<string, { draft: Draft; version: number }>();
  readonly settings = new Map<UserId, Map<string, Setting>>();
  readonly stars = new Map<UserId, Map<string, { chatId: ChatId; seq: number; at: number }>>();
  readonly #chats: ModelChats;
  readonly #versions = new Map<string, number>();

  constructor(chats: ModelChats) {
    this.#chats = chats;
  }

  /** Undefined for methods that are not about this. */
  answer(userId: UserId, method: Method, params: unknown, now: number): unknown {
    switch (method) {
      case "chat.setPrefs": {
        const { chatId, prefs } = params as Params<"chat.setPrefs">;
        this.#membersOnly(chatId, userId);
        const version = this.#next(userId, "prefs");
        this.prefs.set(`${userId}:${chatId}`, { prefs, version });
        this.#chats.notify(userId, { kind: "prefs", chatId, prefs, version });
        return { version };
      }
      case "chat.setDraft": {
        const { chatId, draft } = params as Params<"chat.setDraft">;
        this.#membersOnly(chatId, userId);
        const version = this.#next(userId, "draft");
        this.drafts.set(`${userId}:${chatId}`, { draft, version });
        this.#chats.notify(userId, { kind: "draft", chatId, draft, version });
        return { version };
      }
      case "settings.set": {
        const { key, value } = params as Params<"settings.set">;
        const setting = { key, value, version: this.#next(userId, "setting") };
        const settings = this.settings.get(userId) ?? new Map();
        this.settings.set(userId, settings.set(key, setting));
        this.#chats.notify(userId, { kind: "setting", setting });
        return { version: setting.version };
      }
      case "settings.get":
        return { settings: [...(this.settings.get(userId)?.values() ?? [])] };
      case "message.star": {
        const { chatId, seq, on } = params as Params<"message.star">;
        this.#membersOnly(chatId, userId);
        const stars = this.stars.get(userId) ?? new Map();
        this.stars.set(userId, stars);
        if (on) stars.set(`${chatId}:${seq}`, { chatId, seq, at: now });
        else stars.delete(`${chatId}:${seq}`);
        this.#chats.notify(userId, { kind: "star", chatId, seq, on, version: this.#next(userId, "star") });
        return {};
      }
      case "message.stars":
        return { stars: [...(this.stars.get(userId)?.values() ?? [])].reverse() };
      default:
        return undefined;
    }
  }

  /** As fields of the state of a chat. */
  stateOf(userId: UserId, chatId: ChatId) {
    const prefs = this.prefs.get(`${userId}:${chatId}`);
    const draft = this.drafts.get(`${userId}:${chatId}`);
    return {
      ...(prefs ? { prefs: prefs.prefs, prefsVersion: prefs.version } : {}),
      ...(draft ? { draft: draft.draft, draftVersion: draft.version } : {}),
    };
  }

  starsOf(userId: UserId, chatId: ChatId): number[] {
    const stars = [...(this.stars.get(userId)?.values() ?? [])].filter((star) => star.chatId === chatId);
    return stars.map(({ seq }) => seq).sort((a, b) => a - b);
  }

  #next(userId: UserId, what: string): number {
    const key = `${userId}:${what}`;
    const version = (this.#versions.get(key) ?? 0) + 1;
    this.#versions.set(key, version);
    return version;
  }

  #membersOnly(chatId: ChatId, userId: UserId): void {
    if (!this.#chats.of(chatId, userId)) throw new ReplyError("CHAT_NOT_FOUND");
  }
}
