import { type ChatPrefs, type Draft, limits, type Params, ReplyError, type UserId } from "@parley/protocol";
import { allChatsOf, requireMember } from "../../records/membership.ts";
import type { Kv } from "../../store/kv.ts";
import type { PersonalState } from "./personal-state.ts";

/** What one person wants of their chats, and has begun to write in them. */
export class OwnChats {
  readonly #store: Kv;
  readonly #personal: PersonalState;

  constructor(store: Kv, personal: PersonalState) {
    this.#store = store;
    this.#personal = personal;
  }

  async setPrefs(userId: UserId, { chatId, prefs: given }: Params<"chat.setPrefs">): Promise<number> {
    const [own] = await Promise.all([this.#chatIds(userId), requireMember(this.#store, chatId, userId)]);
    const prefs = storedPrefs(given);
    const text = JSON.stringify(prefs);
    return this.#personal.put(userId, {
      area: "prefs",
      subject: chatId,
      value: text === "{}" ? null : text,
      notice: (version) => ({ kind: "prefs", chatId, prefs, version }),
      admit: (present) => {
        if (prefs.pinnedAt === undefined || isPinned(present.get(chatId))) return;
        const pinned = [...present].filter(([other, value]) => own.has(other) && isPinned(value));
        if (pinned.length >= limits.PINNED_CHATS_MAX) throw new ReplyError("LIMIT_REACHED");
      },
    });
  }

  async setDraft(userId: UserId, { chatId, draft: given }: Params<"chat.setDraft">): Promise<number> {
    const [own] = await Promise.all([this.#chatIds(userId), requireMember(this.#store, chatId, userId)]);
    if (Buffer.byteLength(given.text) > limits.TEXT_MAX_BYTES) throw new ReplyError("TEXT_TOO_LONG");
    const draft: Draft = { text: given.text, ...(given.replyTo === undefined ? {} : { replyTo: given.replyTo }) };
    const empty = draft.text === "" && draft.replyTo === undefined;
    return this.#personal.put(userId, {
      area: "drafts",
      subject: chatId,
      value: empty ? null : JSON.stringify(draft),
      notice: (version) => ({ kind: "draft", chatId, draft, version }),
      admit: (present) => {
        if (empty || present.has(chatId)) return;
        const drafts = [...present.keys()].filter((other) => own.has(other));
        if (drafts.length >= limits.DRAFTS_MAX) throw new ReplyError("LIMIT_REACHED");
      },
    });
  }

  /** What is kept of chats that were left counts for nothing: nobody could remove it. */
  async #chatIds(userId: UserId): Promise<ReadonlySet<string>> {
    return new Set((await allChatsOf(this.#store, userId)).map(({ chatId }) => chatId));
  }
}

/** Known fields alone, in one order, those as for an untouched chat left out. */
function storedPrefs({ pinnedAt, archived, mutedUntil, mentionsOnly, folders = [] }: ChatPrefs): ChatPrefs {
  const named = [...new Set(folders)];
  return {
    ...(pinnedAt === undefined ? {} : { pinnedAt }),
    ...(archived === undefined ? {} : { archived }),
    ...(mutedUntil === undefined ? {} : { mutedUntil }),
    ...(mentionsOnly === undefined ? {} : { mentionsOnly }),
    ...(named.length === 0 ? {} : { folders: named }),
  };
}

function isPinned(value: string | undefined): boolean {
  return value !== undefined && (JSON.parse(value) as ChatPrefs).pinnedAt !== undefined;
}
