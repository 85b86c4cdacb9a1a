import {
  type CallFact,
  type CallId,
  type CallRefusal,
  type CallState,
  type ChatId,
  type ParticipantId,
  ReplyError,
  refusalOf,
  type UserId,
} from "@parley/protocol";
import type { Session } from "../../live/caller.ts";
import { findMember, type Membership } from "../../records/membership.ts";
import type { Kv } from "../../store/kv.ts";
import type { DirectPeople } from "../chats/direct-people.ts";
import { areApart } from "../people/may-write.ts";
import type { KnownCalls } from "./known-calls.ts";

interface Seen {
  readonly state: CallState;
  readonly member: Membership;
}

/** Who may see a call, and who is in it. For all others there is none: `CALL_NOT_FOUND`. */
export class CallAccess {
  readonly #store: Kv;
  readonly #known: KnownCalls;
  readonly #directPeople: DirectPeople;

  constructor(store: Kv, known: KnownCalls, directPeople: DirectPeople) {
    this.#store = store;
    this.#known = known;
    this.#directPeople = directPeople;
  }

  /** For members of the call's chat who want to add this fact, which is refused only by the call as it is now. */
  async forFact(
    userId: UserId,
    callId: CallId,
    fact: CallFact,
  ): Promise<Seen & { readonly refusal: CallRefusal | null }> {
    const known = await this.#known.about(callId);
    if (known !== null && refusalOf(known, fact) !== null) await this.#known.fresh(callId);
    const seen = await this.#seen(userId, await this.#known.about(callId));
    return { ...seen, refusal: refusalOf(seen.state, fact) };
  }

  /** For members of the call's chat: the call as it is now. */
  async ofMember(userId: UserId, callId: CallId): Promise<Seen> {
    return this.#seen(userId, await this.#known.fresh(callId));
  }

  async #seen(userId: UserId, state: CallState | null): Promise<Seen> {
    const member = state === null ? null : await this.memberOf(state.call.chatId, userId);
    if (state === null || member === null) throw new ReplyError("CALL_NOT_FOUND");
    return { state, member };
  }

  /** Null for who is none now. Those of a direct chat are for ever, so it is not asked again. */
  async memberOf(chatId: ChatId, userId: UserId): Promise<Membership | null> {
    const people = await this.#directPeople.peopleOf(chatId);
    if (people === null) return findMember(this.#store, chatId, userId);
    return people.includes(userId) ? { userId, role: "member", joinedSeq: 0, mutedUntil: 0 } : null;
  }

  /** Still one of the chat, and in a direct one of two people who have not blocked each other. */
  async mayStay(chatId: ChatId, userId: UserId): Promise<boolean> {
    const people = await this.#directPeople.peopleOf(chatId);
    if (people === null) return (await findMember(this.#store, chatId, userId)) !== null;
    return people.includes(userId) && !(await areApart(this.#store, ...people));
  }

  /** For a device that is in the call as this participant; `other` is read anew, too, when this node does not know it. */
  async ofParticipant(session: Session, callId: CallId, own: ParticipantId, other?: ParticipantId): Promise<CallState> {
    const isKnown = (state: CallState | null) =>
      isOwn(state, session, own) && (other === undefined || state?.devices.has(other) === true);
    let state = this.#known.known(callId);
    if (!isKnown(state)) state = await this.#known.fresh(callId);
    if (state === null || !isOwn(state, session, own)) {
      await this.ofMember(session.userId, callId);
      throw new ReplyError("NOT_IN_CALL");
    }
    if (state.call.state === "ended") throw new ReplyError("CALL_OVER");
    if (!state.call.participants.some(({ participantId }) => participantId === own))
      throw new ReplyError("NOT_IN_CALL");
    return state;
  }
}

/** The participant is, or was, this very device. */
export function isOwn(
  state: Pick<CallState, "devices"> | null,
  { userId, deviceId }: Session,
  participantId: ParticipantId,
): boolean {
  const device = state?.devices.get(participantId);
  return device !== undefined && device.userId === userId && device.deviceId === deviceId;
}
