import { type BlobHash, type Chat, type ChatId, type Params, ReplyError, type UserId } from "@parley/protocol";
import { listChat } from "../../records/chat-directory.ts";
import { type ChatChange, type ChatInfo, readChatInfo, writeChange } from "../../records/chat-info.ts";
import { type ChatRecord, readChat, viewChatOf } from "../../records/chat-record.ts";
import { requireMember } from "../../records/membership.ts";
import type { Kv } from "../../store/kv.ts";
import { displayText } from "../people/display-text.ts";
import type { ChatEntries, EntryArgs } from "./chat-entries.ts";
import { cleanName } from "./group-name.ts";
import { requireRight } from "./rights.ts";

export interface ChangeArgs extends EntryArgs {
  readonly change: ChatChange;
}

export interface ChatChangesParts {
  readonly store: Kv;
  readonly entries: ChatEntries;
  /** Stores the bytes of a picture, in base64url. Throws `AVATAR_INVALID`. */
  readonly storeAvatar: (userId: UserId, data: string) => Promise<BlobHash>;
  /** `changeDeed`, with an intent around it. */
  readonly deed: (args: ChangeArgs) => Promise<number>;
}

type Wanted = Omit<Params<"chat.update">, "chatId">;

/** What a chat is called and how it is set. */
export class ChatChanges {
  readonly #parts: ChatChangesParts;

  constructor(parts: ChatChangesParts) {
    this.#parts = parts;
  }

  /** Appends nothing when everything is so already. */
  async update(actor: UserId, { chatId, ...wanted }: Params<"chat.update">): Promise<Chat> {
    const { store, entries, deed } = this.#parts;
    await this.#allowed(chatId, actor, wanted);
    const cleaned = await this.#cleaned(actor, wanted);
    await entries.inTurn(chatId, async (turn) => {
      const [chat, info] = await Promise.all([this.#allowed(chatId, actor, wanted), readChatInfo(store, chatId)]);
      const change = differences(chat, info, cleaned);
      if (Object.keys(change).length === 0) return;
      turn.confirm();
      await deed({ ...entries.begin(chatId, actor), change });
    });
    return viewChatOf(store, chatId, actor);
  }

  /** Deed, idempotent. */
  async changeDeed(args: ChangeArgs): Promise<number> {
    const { store, entries } = this.#parts;
    const { chatId, actor, change } = args;
    const check = () => this.#allowed(chatId, actor, change);
    const seq = await entries.append(args, { event: "changed", ...change }, check);
    await writeChange(store, chatId, change, seq);
    if (change.join !== undefined) await listChat(store, chatId);
    return seq;
  }

  /** In a direct chat either person decides how long messages stay; nothing else is to be decided there. */
  async #allowed(chatId: ChatId, actor: UserId, wanted: Wanted | ChatChange): Promise<ChatRecord> {
    const { store } = this.#parts;
    const [{ role }, chat] = await Promise.all([requireMember(store, chatId, actor), readChat(store, chatId)]);
    if (chat?.kind === "group" || (chat?.kind === "lobby" && wanted.join === undefined)) requireRight(role, "update");
    else if (chat === null || Object.keys(wanted).some((field) => field !== "disappearMs")) {
      throw new ReplyError("NOT_A_GROUP");
    }
    return chat;
  }

  async #cleaned(actor: UserId, { name, description, avatar, ...settings }: Wanted): Promise<ChatChange> {
    const { storeAvatar } = this.#parts;
    return {
      ...settings,
      ...(name === undefined ? {} : { name: cleanName(name) }),
      ...(description === undefined ? {} : { description: displayText(description) }),
      ...(avatar === undefined ? {} : { avatar: avatar === null ? null : await storeAvatar(actor, avatar) }),
    };
  }
}

/** What of the wanted is not so yet. */
function differences(chat: ChatRecord, info: ChatInfo, wanted: ChatChange): ChatChange {
  const now: Readonly<Record<string, unknown>> = {
    ...info.settings,
    name: info.name ?? (chat.kind === "direct" ? "" : chat.name),
    description: info.description ?? "",
    avatar: info.avatar ?? null,
  };
  return Object.fromEntries(Object.entries(wanted).filter(([field, value]) => now[field] !== value));
}
