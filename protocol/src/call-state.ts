import type { ChatId, ClientId, DeviceId, UserId } from "./ids.ts";
import { CALL_CHANGES_MAX, CALL_PARTICIPANTS_MAX, CALL_PEOPLE_MAX, CALL_RING_MS } from "./limits.ts";
import type {
  Call,
  CallId,
  CallInvited,
  CallOutcome,
  CallParticipant,
  CallStream,
  ParticipantId,
} from "./schema/call.ts";

/**
 * The state machine of a call. A call is a row of facts, in the order in which the store took them; whoever reads them
 * finds the same state, and of two facts that exclude each other the first one counts. Nothing else decides.
 *
 * ringing ─(somebody joins)→ active ─(fewer than two are left, and nobody is rung)→ ended
 *    └──(the caller leaves; everybody has refused, is busy or missed it)──────────────↗
 */
export type CallFact = { readonly at: number } & (
  | {
      readonly kind: "started";
      readonly chatId: ChatId;
      readonly caller: UserId;
      readonly deviceId: DeviceId;
      readonly participantId: ParticipantId;
      readonly video: boolean;
      readonly streams: readonly CallStream[];
      readonly invited: readonly UserId[];
      /** Those of `invited` who talk to somebody else: it does not ring for them. */
      readonly busy?: readonly UserId[];
      /** Client id of the message that the call leaves. Nobody but the server knows it before, so nobody takes it first. */
      readonly messageId: ClientId;
    }
  | {
      readonly kind: "invited";
      readonly by: ParticipantId;
      readonly userIds: readonly UserId[];
      readonly busy?: readonly UserId[];
    }
  /** A device of theirs rings. */
  | { readonly kind: "rang"; readonly userId: UserId }
  | {
      readonly kind: "joined";
      readonly userId: UserId;
      readonly deviceId: DeviceId;
      readonly participantId: ParticipantId;
      readonly streams: readonly CallStream[];
    }
  | { readonly kind: "refused"; readonly userId: UserId; readonly why: "refused" | "busy" }
  /** By themselves, or because nothing was heard of them for CALL_LOST_MS. */
  | { readonly kind: "left"; readonly participantId: ParticipantId }
  | { readonly kind: "streams"; readonly participantId: ParticipantId; readonly streams: readonly CallStream[] }
  /** It has rung for CALL_RING_MS for those who were asked in so long before. */
  | { readonly kind: "unanswered" }
);

export interface CallState {
  readonly call: Call;
  /** Where signals to a participant go. Those who left stay: their late signals are known for what they are. */
  readonly devices: ReadonlyMap<ParticipantId, { readonly userId: UserId; readonly deviceId: DeviceId }>;
  /** Since when it rings for somebody. */
  readonly rungAt: ReadonlyMap<UserId, number>;
  readonly messageId: ClientId;
}

/** Why a fact changes nothing. `unchanged`: it is so already, which is no fault. */
export type CallRefusal =
  | "unchanged"
  | "CALL_NOT_FOUND"
  | "CALL_OVER"
  | "CALL_FULL"
  | "CALL_ANSWERED_ELSEWHERE"
  | "NOT_IN_CALL";

/** What begins a call or brings it nearer to its end: counts also after too many changes. */
const ENDING: ReadonlySet<CallFact["kind"]> = new Set(["started", "left", "refused", "unanswered"] as const);

/** Null: the fact counts. */
export function refusalOf(state: CallState | null, fact: CallFact): CallRefusal | null {
  if (state === null) return fact.kind === "started" ? null : "CALL_NOT_FOUND";
  const { call } = state;
  if (call.state === "ended" && fact.kind !== "started") return fact.kind === "left" ? "unchanged" : "CALL_OVER";
  if (call.version >= CALL_CHANGES_MAX && !ENDING.has(fact.kind)) return "CALL_OVER";
  switch (fact.kind) {
    case "started":
      return "unchanged";
    case "invited":
      if (!isIn(call, fact.by)) return "NOT_IN_CALL";
      return newlyRung(call, fact.userIds).length > 0 ? null : "unchanged";
    case "rang":
      return invitation(call, fact.userId)?.state === "calling" ? null : "unchanged";
    case "refused":
      return isRung(invitation(call, fact.userId)) ? null : "unchanged";
    case "joined": {
      // One that left does not come back under its old name: signals to it may still be on their way.
      if (state.devices.has(fact.participantId)) return isIn(call, fact.participantId) ? "unchanged" : "NOT_IN_CALL";
      if (call.participants.some(({ userId }) => userId === fact.userId)) return "CALL_ANSWERED_ELSEWHERE";
      return call.participants.length >= CALL_PARTICIPANTS_MAX ? "CALL_FULL" : null;
    }
    case "streams":
      return isIn(call, fact.participantId) ? null : "NOT_IN_CALL";
    case "unanswered":
      return unanswered(state, fact.at).length > 0 ? null : "unchanged";
    case "left":
      return isIn(call, fact.participantId) ? null : "unchanged";
  }
}

/** The state after one more fact; facts that are refused count for the version alone, so that it is their number. */
export function nextCall(state: CallState | null, callId: CallId, fact: CallFact): CallState | null {
  if (refusalOf(state, fact) !== null) {
    return state === null ? null : { ...state, call: { ...state.call, version: state.call.version + 1 } };
  }
  if (state === null) return fact.kind === "started" ? begun(callId, fact) : null;
  const call = { ...state.call, version: state.call.version + 1 };
  switch (fact.kind) {
    case "started":
      return state;
    case "invited": {
      const rung = newlyRung(call, fact.userIds);
      const invited = [...call.invited.filter(({ userId }) => !rung.includes(userId)), ...rung.map(asked(fact.busy))];
      const rungAt = new Map([...state.rungAt, ...rung.map((userId) => [userId, fact.at] as const)]);
      return { ...state, call: { ...call, invited }, rungAt };
    }
    case "rang":
      return { ...state, call: answering(call, fact.userId, "ringing") };
    case "refused":
      return { ...state, call: settled(answering(call, fact.userId, fact.why), fact.at) };
    case "joined":
      return joined(state, call, fact);
    case "left": {
      const gone = call.participants.find(({ participantId }) => participantId === fact.participantId);
      const participants = call.participants.filter((participant) => participant !== gone);
      const after = answering({ ...call, participants }, gone?.userId ?? "", "left");
      return { ...state, call: settled(after, fact.at) };
    }
    case "streams": {
      const participants = call.participants.map((participant) =>
        participant.participantId === fact.participantId ? { ...participant, streams: [...fact.streams] } : participant,
      );
      return { ...state, call: { ...call, participants } };
    }
    case "unanswered": {
      const missed = unanswered(state, fact.at).reduce<Call>((so, userId) => answering(so, userId, "missed"), call);
      return { ...state, call: settled(missed, fact.at) };
    }
  }
}

/** All facts of one call, from the first. */
export function foldCall(callId: CallId, facts: readonly CallFact[]): CallState | null {
  return facts.reduce<CallState | null>((state, fact) => nextCall(state, callId, fact), null);
}

/** Those for whom it has rung long enough at that time. */
function unanswered({ call, rungAt }: CallState, at: number): UserId[] {
  return call.invited
    .filter((invited) => isRung(invited) && at - (rungAt.get(invited.userId) ?? 0) >= CALL_RING_MS)
    .map(({ userId }) => userId);
}

function begun(callId: CallId, fact: Extract<CallFact, { kind: "started" }>): CallState {
  const { chatId, caller, deviceId, participantId, video, streams, invited, busy, at, messageId } = fact;
  const participant = { participantId, userId: caller, joinedAt: at, streams: [...streams] };
  const rung = [...new Set(invited)].filter((userId) => userId !== caller).slice(0, CALL_PEOPLE_MAX);
  const call: Call = {
    ...{ callId, chatId, caller, video, startedAt: at, version: 1, state: "ringing" },
    invited: rung.map(asked(busy)),
    participants: [participant],
  };
  return {
    // Where nobody is asked in, the caller waits for those who come by themselves.
    call: rung.length === 0 ? call : settled(call, at),
    devices: new Map([[participantId, { userId: caller, deviceId }]]),
    rungAt: new Map(rung.map((userId) => [userId, at])),
    messageId,
  };
}

function joined(state: CallState, call: Call, fact: Extract<CallFact, { kind: "joined" }>): CallState {
  const { userId, deviceId, participantId, streams, at } = fact;
  const participant: CallParticipant = { participantId, userId, joinedAt: at, streams: [...streams] };
  const participants = [...call.participants, participant];
  const known = call.invited.some((invited) => invited.userId === userId);
  // Who comes by themselves is shown like one who was asked; the caller, who comes back, is not.
  const isShown = known || userId === call.caller || call.invited.length >= CALL_PEOPLE_MAX;
  const invited: CallInvited[] = isShown ? call.invited : [...call.invited, { userId, state: "joined" }];
  const after = answering({ ...call, participants, invited }, userId, "joined");
  return {
    ...state,
    call: after.state === "ringing" ? { ...after, state: "active", answeredAt: at } : after,
    devices: new Map([...state.devices, [participantId, { userId, deviceId }]]),
  };
}

/** Ended, if there is nobody left to talk to. */
function settled(call: Call, at: number): Call {
  if (call.state === "ended" || call.participants.length >= 2) return call;
  const isAwaited = call.participants.length === 1 && call.invited.some(isRung);
  if (isAwaited) return call;
  const { state, ...rest } = call;
  return { ...rest, state: "ended", endedAt: at, outcome: state === "active" ? "finished" : unheard(call) };
}

/** Why nobody answered. */
function unheard({ participants, invited }: Call): CallOutcome {
  if (participants.length === 0) return "cancelled";
  if (invited.some(({ state }) => state === "refused")) return "refused";
  return invited.length > 0 && invited.every(({ state }) => state === "busy") ? "busy" : "missed";
}

const asked =
  (busy: readonly UserId[] = []) =>
  (userId: UserId): CallInvited => ({ userId, state: busy.includes(userId) ? "busy" : "calling" });

function answering<C extends Call>(call: C, userId: UserId, state: CallInvited["state"]): C {
  return { ...call, invited: call.invited.map((one) => (one.userId === userId ? { userId, state } : one)) };
}

function invitation({ invited }: Call, userId: UserId): CallInvited | undefined {
  return invited.find((one) => one.userId === userId);
}

function isRung(invited: CallInvited | undefined): boolean {
  return invited?.state === "calling" || invited?.state === "ringing";
}

/** Who is in it, or is being asked, is not asked again; and there is room for so many only. */
function newlyRung(call: Call, userIds: readonly UserId[]): UserId[] {
  const isThere = (userId: UserId) => call.participants.some((participant) => participant.userId === userId);
  let room = CALL_PEOPLE_MAX - call.invited.length;
  return [...new Set(userIds)].filter((userId) => {
    const before = invitation(call, userId);
    if (isRung(before) || isThere(userId)) return false;
    if (before === undefined) room -= 1;
    return before !== undefined || room >= 0;
  });
}

function isIn({ participants }: Call, participantId: ParticipantId): boolean {
  return participants.some((participant) => participant.participantId === participantId);
}
