import { type ChatId, limits, type Params, ReplyError, type UserId } from "@parley/protocol";
import { fromSeqOf, readChatInfo } from "../../records/chat-info.ts";
import { readChat } from "../../records/chat-record.ts";
import { requireMember } from "../../records/membership.ts";
import { requireMessage } from "../../records/message-target.ts";
import { type Pin, pinnedBy, pinsOf, writePin } from "../../records/pins.ts";
import type { Kv } from "../../store/kv.ts";
import type { ChatEntries, EntryArgs } from "../chats/chat-entries.ts";
import { requireRight } from "../chats/rights.ts";

export interface PinArgs extends EntryArgs {
  readonly seq: number;
  readonly on: boolean;
}

export interface PinsParts {
  readonly store: Kv;
  readonly entries: ChatEntries;
  readonly deed: (args: PinArgs) => Promise<number>;
  /** Throws what keeps a member of a direct chat from telling the other anything. */
  readonly requireMayWrite: (chatId: ChatId, userId: UserId) => Promise<void>;
}

/** Pinned messages: entries of the log say so, and are indexed as facts about the messages. */
export class Pins {
  readonly #parts: PinsParts;

  constructor(parts: PinsParts) {
    this.#parts = parts;
  }

  /** Answers the seq of the entry that says so, 0 where nothing had to be said. */
  async pin(actor: UserId, { chatId, seq, on }: Params<"message.pin">): Promise<number> {
    const { store, entries, deed } = this.#parts;
    await this.#check(actor, chatId, seq);
    return entries.inTurn(chatId, async (turn) => {
      await this.#check(actor, chatId, seq);
      const entrySeq = await pinnedBy(store, chatId, seq);
      if ((entrySeq !== null) === on) return entrySeq ?? 0;
      if (on && (await pinsOf(store, chatId)).length >= limits.PINS_MAX) throw new ReplyError("LIMIT_REACHED");
      turn.confirm();
      return deed({ ...entries.begin(chatId, actor), seq, on });
    });
  }

  /** Those that the caller may read, the one pinned last first. */
  async list(userId: UserId, chatId: ChatId): Promise<Pin[]> {
    const { store } = this.#parts;
    const [member, info, pins] = await Promise.all([
      requireMember(store, chatId, userId),
      readChatInfo(store, chatId),
      pinsOf(store, chatId),
    ]);
    return pins.filter(({ seq }) => seq >= fromSeqOf(info, member));
  }

  /** Deed, idempotent. */
  async pinDeed({ seq, on, ...entry }: PinArgs): Promise<number> {
    const { store, entries } = this.#parts;
    const { chatId, actor, at } = entry;
    const check = () => this.#check(actor, chatId, seq);
    const entrySeq = await entries.append(entry, { event: "pinned", seq, on }, check);
    await writePin(store, chatId, { entrySeq, seq, on, by: actor, at });
    return entrySeq;
  }

  /** Admins of a group, either person of a direct chat. */
  async #check(actor: UserId, chatId: ChatId, seq: number): Promise<void> {
    const { store, requireMayWrite } = this.#parts;
    const [{ member }, chat] = await Promise.all([requireMessage(store, chatId, actor, seq), readChat(store, chatId)]);
    if (chat?.kind === "direct") await requireMayWrite(chatId, actor);
    else requireRight(member.role, "pin");
  }
}
