import { type Static, Type } from "typebox";
import { ChatId, TimeMs, UserId } from "../ids.ts";
import {
  CALL_CANDIDATES_MAX,
  CALL_INVITED_MAX,
  CALL_STREAMS_MAX,
  CALL_TRACKS_MAX,
  ICE_CANDIDATE_MAX,
  SDP_MAX_BYTES,
} from "../limits.ts";
import { Empty } from "./account.ts";

const UUID = "^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$";

/** Made by the caller: starting a call again under the same id is the same call. */
export const CallId = Type.String({ pattern: UUID, description: "A call." });
export type CallId = Static<typeof CallId>;

/**
 * One device in one call, made by that device for each time it joins. Nothing assumes that a call has two of them, nor
 * that streams which a participant sends are its own: one that relays for others is a participant, too.
 */
export const ParticipantId = Type.String({ pattern: UUID, description: "A device's place in a call." });
export type ParticipantId = Static<typeof ParticipantId>;

/** Names one source of a participant: `camera`, `screen`. Unique within the participant. */
export const StreamId = Type.String({ pattern: "^[a-z0-9-]{1,32}$" });
export type StreamId = Static<typeof StreamId>;

/** What a participant sends now. A part that is false is muted or was never there: nothing is to be waited for. */
export const CallStream = Type.Object({
  streamId: StreamId,
  kind: Type.Union([Type.Literal("camera"), Type.Literal("screen")]),
  audio: Type.Boolean(),
  video: Type.Boolean(),
});
export type CallStream = Static<typeof CallStream>;
const Streams = Type.Array(CallStream, { maxItems: CALL_STREAMS_MAX });

export const CallParticipant = Type.Object({
  participantId: ParticipantId,
  userId: UserId,
  joinedAt: TimeMs,
  streams: Type.Array(CallStream),
});
export type CallParticipant = Static<typeof CallParticipant>;

/** Somebody who was asked in. `missed`: the time was over. Who `left` had joined before. */
export const CallInvited = Type.Object({
  userId: UserId,
  state: Type.Union([
    Type.Literal("calling"),
    Type.Literal("ringing"),
    Type.Literal("joined"),
    Type.Literal("refused"),
    Type.Literal("busy"),
    Type.Literal("missed"),
    Type.Literal("left"),
  ]),
});
export type CallInvited = Static<typeof CallInvited>;

/** How a call ended. `finished` has a duration; in all others nobody answered. */
export const CallOutcome = Type.Union([
  Type.Literal("finished"),
  Type.Literal("cancelled"),
  Type.Literal("refused"),
  Type.Literal("busy"),
  Type.Literal("missed"),
]);
export type CallOutcome = Static<typeof CallOutcome>;

const common = {
  callId: CallId,
  chatId: ChatId,
  /** Who began it. */
  caller: UserId,
  /** Begun with a camera; anybody may switch theirs on or off later. */
  video: Type.Boolean(),
  startedAt: TimeMs,
  /** Grows with every change; of two states of one call the one with the higher version counts. */
  version: Type.Integer({ minimum: 1 }),
  invited: Type.Array(CallInvited),
  participants: Type.Array(CallParticipant),
};

/** A call, whole: each change is told by all of it. */
export const Call = Type.Union([
  Type.Object({ ...common, state: Type.Literal("ringing") }),
  Type.Object({ ...common, state: Type.Literal("active"), answeredAt: TimeMs }),
  Type.Object({
    ...common,
    state: Type.Literal("ended"),
    endedAt: TimeMs,
    outcome: CallOutcome,
    answeredAt: Type.Optional(TimeMs),
  }),
]);
export type Call = Static<typeof Call>;

/** Body of the kind `call`: what a call leaves in its chat. The sender is who began it. */
export const CallBody = Type.Object({
  callId: CallId,
  video: Type.Boolean(),
  outcome: CallOutcome,
  /** From the first answer to the end. */
  durationMs: Type.Optional(Type.Integer({ minimum: 0 })),
});
export type CallBody = Static<typeof CallBody>;

/** As RTCPeerConnection takes it. No server: only what the devices find by themselves. */
export const IceServers = Type.Object({
  servers: Type.Array(
    Type.Object({
      urls: Type.Array(Type.String()),
      username: Type.Optional(Type.String()),
      credential: Type.Optional(Type.String()),
    }),
  ),
  /** Ask `call.ice` for new ones before they are used later than this. */
  expiresAt: TimeMs,
  /** Use the relay alone, so that the others do not learn this device's addresses. */
  relayOnly: Type.Boolean(),
});
export type IceServers = Static<typeof IceServers>;

const Joined = Type.Object({ call: Call, ice: IceServers });
const OneCall = Type.Object({ callId: CallId });
const Own = { callId: CallId, participantId: ParticipantId };

/**
 * Rings those who are `invited`, in a direct chat the other person. Where the chat has a call already, that call is
 * answered, and nobody is rung: join it.
 */
export const callStart = {
  params: Type.Object({
    ...Own,
    chatId: ChatId,
    video: Type.Boolean(),
    streams: Streams,
    invited: Type.Optional(Type.Array(UserId, { minItems: 1, maxItems: CALL_INVITED_MAX, uniqueItems: true })),
  }),
  result: Joined,
};

/** Asks more people in. */
export const callInvite = {
  params: Type.Object({ ...Own, invited: Type.Array(UserId, { minItems: 1, maxItems: CALL_INVITED_MAX }) }),
  result: Type.Object({ call: Call }),
};

/** This device rings. */
export const callRinging = { params: OneCall, result: Empty };

/** Accepts a call, or joins one that is going on. CALL_ANSWERED_ELSEWHERE when another device of the caller's is in it. */
export const callJoin = { params: Type.Object({ ...Own, streams: Streams }), result: Joined };

/** For all devices of the caller. */
export const callRefuse = {
  params: Type.Object({ callId: CallId, why: Type.Union([Type.Literal("refused"), Type.Literal("busy")]) }),
  result: Empty,
};

/** Hangs up; who does so before anybody answered has cancelled the call. Repeating it is harmless. */
export const callLeave = { params: Type.Object(Own), result: Empty };

/** Mute states and what is shared. Replaces all of them. */
export const callSetStreams = { params: Type.Object({ ...Own, streams: Streams }), result: Empty };

/**
 * Said every CALL_KEEP_MS by who is in a call; who has not said it for CALL_LOST_MS is out. `version`: of the call, so
 * that who has an older one asks for it.
 */
export const callKeep = { params: Type.Object(Own), result: Type.Object({ version: Type.Integer() }) };

/** By those who were asked in or are in it, and by members of its chat. */
export const callGet = { params: OneCall, result: Type.Object({ call: Call }) };

/** Calls that are going on in the caller's chats, or ring for them: after signing in. */
export const callList = { params: Empty, result: Type.Object({ calls: Type.Array(Call) }) };

/** New servers and credentials, for who stays longer or connects anew. */
export const callIce = { params: Type.Object(Own), result: Type.Object({ ice: IceServers }) };

const Sdp = Type.String({ minLength: 1, maxLength: SDP_MAX_BYTES });
/** Which stream of whom a media section of the description carries; sections without are of no stream yet. */
const Track = Type.Object({
  mid: Type.String({ minLength: 1, maxLength: 16 }),
  participantId: ParticipantId,
  streamId: StreamId,
});
/** RFC 8840 section 4; an empty `candidate` ends the candidates of its section. */
const IceCandidate = Type.Object({
  candidate: Type.String({ maxLength: ICE_CANDIDATE_MAX }),
  sdpMid: Type.Optional(Type.String({ maxLength: 16 })),
  sdpMLineIndex: Type.Optional(Type.Integer({ minimum: 0, maximum: CALL_TRACKS_MAX })),
  usernameFragment: Type.Optional(Type.String({ maxLength: 256 })),
});

/**
 * What two participants tell each other to connect; the server reads none of it. Signals are numbered from 1 for each
 * `link`, and may be lost: who finds one missing, or cannot use one, sends `anew`, and both begin another link, with a
 * higher number. Of two that begin at once the higher one counts.
 */
export const Signal = Type.Union([
  Type.Object({
    kind: Type.Literal("description"),
    type: Type.Union([Type.Literal("offer"), Type.Literal("answer")]),
    sdp: Sdp,
    tracks: Type.Array(Track, { maxItems: CALL_TRACKS_MAX }),
  }),
  Type.Object({
    kind: Type.Literal("candidates"),
    candidates: Type.Array(IceCandidate, { minItems: 1, maxItems: CALL_CANDIDATES_MAX }),
  }),
  Type.Object({ kind: Type.Literal("anew") }),
]);
export type Signal = Static<typeof Signal>;

const signalFields = {
  callId: CallId,
  from: ParticipantId,
  to: ParticipantId,
  /** Counts the connections that the two have begun. */
  link: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }),
  number: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }),
  signal: Signal,
};

/** To one participant, at most once. `from` has to be the caller's own. */
export const callSignal = { params: Type.Object(signalFields), result: Empty };
/** The same as an event. */
export const CallSignalled = Type.Object(signalFields);
export type CallSignalled = Static<typeof CallSignalled>;
