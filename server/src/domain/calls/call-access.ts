import { type CallId, type CallState, type ParticipantId, ReplyError, type UserId } from "@parley/protocol";
import type { Session } from "../../live/caller.ts";
import { findMember, type Membership } from "../../records/membership.ts";
import type { Kv } from "../../store/kv.ts";
import type { KnownCalls } from "./known-calls.ts";

/** Who may see a call, and who is in it. For all others there is none: `CALL_NOT_FOUND`. */
export class CallAccess {
  readonly #store: Kv;
  readonly #known: KnownCalls;

  constructor(store: Kv, known: KnownCalls) {
    this.#store = store;
    this.#known = known;
  }

  /** For members of the call's chat. */
  async ofMember(userId: UserId, callId: CallId): Promise<{ readonly state: CallState; readonly member: Membership }> {
    const state = await this.#known.fresh(callId);
    const member = state === null ? null : await findMember(this.#store, state.call.chatId, userId);
    if (state === null || member === null) throw new ReplyError("CALL_NOT_FOUND");
    return { state, member };
  }

  /** For a device that is in the call as this participant; `other` is read anew, too, when this node does not know it. */
  async ofParticipant(session: Session, callId: CallId, own: ParticipantId, other?: ParticipantId): Promise<CallState> {
    const isKnown = (state: CallState | null) =>
      isOwn(state, session, own) && (other === undefined || state?.devices.has(other) === true);
    let state = await this.#known.about(callId);
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
