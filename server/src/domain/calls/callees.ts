import { type CallId, type ChatId, type Clock, limits, ReplyError, type UserId } from "@parley/protocol";
import { readChatInfo } from "../../records/chat-info.ts";
import { readChat } from "../../records/chat-record.ts";
import { findMember, membersOf, requireMember } from "../../records/membership.ts";
import { rungBy, userCalls } from "../../store/keys.ts";
import type { Kv } from "../../store/kv.ts";
import type { DirectPeople } from "../chats/direct-people.ts";
import { requireVoice } from "../chats/write-rules.ts";
import { areApart, mayTalk } from "../people/may-write.ts";
import type { KnownCalls } from "./known-calls.ts";

/**
 * Who was rung by somebody is not rung by them again for so long, and each attempt before begins it anew: who rings a
 * hundred times a minute has rung once. Time enough to hang up and dial again.
 */
export const RING_AGAIN_SECONDS = 5;
/** A call that was written down for a user and has no facts after this was never begun. */
const NEVER_BEGUN_MS = 60_000;

export interface CalleesParts {
  readonly store: Kv;
  readonly clock: Clock;
  readonly directPeople: DirectPeople;
  readonly known: KnownCalls;
}

/** Of whom somebody asks. */
export interface Asking {
  readonly callId: CallId;
  readonly chatId: ChatId;
  readonly by: UserId;
  /** Absent: everybody of the chat, unless they are too many for one call. */
  readonly invited?: readonly UserId[] | undefined;
}

/** Whom a call may ask in, and who of them talks to somebody else. */
export interface Found {
  readonly userIds: readonly UserId[];
  readonly busy: readonly UserId[];
}

/** Who may be asked into a call, and how often. */
export class Callees {
  readonly #parts: CalleesParts;

  constructor(parts: CalleesParts) {
    this.#parts = parts;
  }

  /** Throws what keeps the caller from ringing them. Those of a group who take nothing from the caller are left out. */
  async find(asking: Asking): Promise<Found> {
    const { store, directPeople } = this.#parts;
    const { chatId, callId, by, invited } = asking;
    const people = await directPeople.peopleOf(chatId);
    if (people === null) {
      const member = await requireMember(store, chatId, by);
      const [info, chat] = await Promise.all([readChatInfo(store, chatId), readChat(store, chatId)]);
      // Everybody on the server is in it.
      if (chat?.kind !== "group") throw new ReplyError("FORBIDDEN");
      requireVoice(member, info, this.#parts.clock.now());
      const userIds = await this.#ofGroup(asking);
      return { userIds, busy: await this.#busyOf(userIds, callId) };
    }
    // Strangers learn what they learn of any chat.
    if (!people.includes(by)) await requireMember(store, chatId, by);
    const peerId = people[people[0] === by ? 1 : 0];
    if (invited?.some((userId) => userId !== peerId)) throw new ReplyError("NOT_FOUND");
    const [refusal, busy] = await Promise.all([mayTalk(store, by, peerId), this.#busyOf([peerId], callId)]);
    if (refusal !== null) throw new ReplyError(refusal);
    return { userIds: [peerId], busy };
  }

  async #busyOf(userIds: readonly UserId[], callId: CallId): Promise<UserId[]> {
    const busy = await Promise.all(userIds.map((userId) => this.#isBusy(userId, callId)));
    return userIds.filter((_, i) => busy[i]);
  }

  /** Those who may be rung now. Throws `RATE_LIMITED` when that is nobody. */
  async ring(userIds: readonly UserId[], { by, callId }: Asking): Promise<UserId[]> {
    const may = await Promise.all(userIds.map((userId) => this.#takeRing(userId, by, callId)));
    const rung = userIds.filter((_, i) => may[i]);
    if (rung.length === 0 && userIds.length > 0) {
      throw new ReplyError("RATE_LIMITED", { retryAfterMs: RING_AGAIN_SECONDS * 1000 });
    }
    return rung;
  }

  async #ofGroup({ chatId, by, invited }: Asking): Promise<readonly UserId[]> {
    const { store } = this.#parts;
    const named = invited ?? (await this.#everybody(chatId));
    const others = [...new Set(named)].filter((userId) => userId !== by);
    const [members, apart] = await Promise.all([
      invited === undefined ? null : Promise.all(others.map((userId) => findMember(store, chatId, userId))),
      Promise.all(others.map((userId) => areApart(store, by, userId))),
    ]);
    if (members?.includes(null)) throw new ReplyError("NOT_FOUND");
    // In a group one hears also from people who may not write to one directly; only blocks keep them apart.
    const rung = others.filter((_, i) => !apart[i]);
    if (rung.length === 0 && others.length > 0 && invited !== undefined) throw new ReplyError("CALL_REFUSED");
    return rung;
  }

  async #everybody(chatId: ChatId): Promise<UserId[]> {
    const members = await membersOf(this.#parts.store, chatId);
    return members.length - 1 > limits.CALL_INVITED_MAX ? [] : members.map(({ userId }) => userId);
  }

  async #isBusy(userId: UserId, callId: CallId): Promise<boolean> {
    const { store, clock, known } = this.#parts;
    const noted = await store.hashGetAll(userCalls(userId));
    const over: string[] = [];
    let busy = false;
    for (const [id, at] of Object.entries(noted)) {
      if (id === callId) continue;
      const state = await known.fresh(id);
      if (state === null ? clock.now() - Number(at) > NEVER_BEGUN_MS : state.call.state === "ended") over.push(id);
      else if (state?.call.participants.some((one) => one.userId === userId)) busy = true;
    }
    if (over.length > 0) await store.hashDelete(userCalls(userId), ...over);
    return busy;
  }

  async #takeRing(userId: UserId, by: UserId, callId: CallId): Promise<boolean> {
    const { store } = this.#parts;
    const key = rungBy(userId, by);
    if (await store.setNx(key, callId, RING_AGAIN_SECONDS)) return true;
    // Asked again, because nobody answered the first time.
    if ((await store.get(key)) === callId) return true;
    await store.expire(key, RING_AGAIN_SECONDS);
    return false;
  }
}
