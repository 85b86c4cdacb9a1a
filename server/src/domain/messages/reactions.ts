import { type ChatId, type Clock, type Params, ReplyError, type UserId } from "@parley/protocol";
import type { BusMessage } from "../../bus/bus.ts";
import { isRetracted, requireMessage } from "../../records/message-target.ts";
import { emojiOf, erasePlaces, takePlace } from "../../records/reactions.ts";
import { eraseVotes } from "../../records/votes.ts";
import { reactionPeople } from "../../store/keys.ts";
import type { Kv } from "../../store/kv.ts";
import { isEmoji } from "./emoji.ts";

export interface ReactionsParts {
  readonly store: Kv;
  readonly clock: Clock;
  readonly announce: (message: BusMessage) => void;
  /** Throws what keeps a member of a direct chat from telling the other anything. */
  readonly requireMayWrite: (chatId: ChatId, userId: UserId) => Promise<void>;
}

/** What people put on messages; see records/reactions.ts for how it is kept. */
export class Reactions {
  readonly #parts: ReactionsParts;

  constructor(parts: ReactionsParts) {
    this.#parts = parts;
  }

  /** Idempotent. Who is muted, or blocked by the other, may only withdraw. */
  async react(userId: UserId, { chatId, seq, emoji, on }: Params<"message.react">): Promise<void> {
    const { store, clock, announce, requireMayWrite } = this.#parts;
    if (!isEmoji(emoji)) throw new ReplyError("INVALID_PARAMS", { message: "emoji is not one emoji" });
    const { member } = await requireMessage(store, chatId, userId, seq);
    if (on && member.mutedUntil > clock.now()) throw new ReplyError("MEMBER_MUTED");
    if (on) await requireMayWrite(chatId, userId);
    const changed = on ? await this.#put(userId, chatId, seq, emoji) : await this.#take(userId, chatId, seq, emoji);
    if (changed) announce({ kind: "reaction", chatId, seq, userId, emoji, on });
  }

  async #put(userId: UserId, chatId: ChatId, seq: number, emoji: string): Promise<boolean> {
    const { store, clock } = this.#parts;
    const place = await takePlace(store, chatId, seq, emoji);
    if (place === null) throw new ReplyError("LIMIT_REACHED");
    const people = reactionPeople(chatId, seq, place);
    const isNew = await store.hashSetNx(people, userId, String(clock.now()));
    if (await isRetracted(store, chatId, seq)) {
      // Whoever erased may have done so before this was written.
      await store.hashDelete(people, userId);
      await eraseReactions(store, chatId, seq);
      throw new ReplyError("MESSAGE_RETRACTED");
    }
    return isNew;
  }

  async #take(userId: UserId, chatId: ChatId, seq: number, emoji: string): Promise<boolean> {
    const { store } = this.#parts;
    const at = (await emojiOf(store, chatId, seq)).indexOf(emoji);
    return at >= 0 && (await store.hashDelete(reactionPeople(chatId, seq, at + 1), userId)) > 0;
  }
}

/** Reactions and votes of a message that was taken back. Idempotent; what comes late is erased by who writes it. */
export async function eraseReactions(store: Kv, chatId: ChatId, seq: number): Promise<void> {
  await Promise.all([erasePlaces(store, chatId, seq), eraseVotes(store, chatId, seq)]);
}
