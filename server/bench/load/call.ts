import { randomUUID } from "node:crypto";
import { newClientId, type Talker } from "./talker.ts";

/**
 * A whole call of two people, from start to message, as their clients signal it: what they say was made before, and of
 * the answers nothing is read. Resolves with the milliseconds until the caller has the answer.
 */
export type Call = (caller: Talker, callee: Talker, chatId: string) => Promise<number>;

/** A browser's description of audio and video, and a candidate, by their lengths. */
const SDP = `v=0\r\n${"a=rtpmap:111 opus/48000/2\r\n".repeat(180)}`;
const CANDIDATE = `candidate:1 1 udp 2122260223 ${"x".repeat(90)}`;
/**
 * Ten candidates of one side, as the client library sends them: the addresses of the device itself, which a browser finds
 * at once, within the description, and later those that a relay gives it as one signal.
 */
const HOST_CANDIDATES = 6;
const RELAY_CANDIDATES = 4;

const STREAMS = JSON.stringify([{ streamId: "camera", kind: "camera", audio: true, video: true }]);
const [OFFER, ANSWER] = [description("offer"), description("answer")];
const CANDIDATES = JSON.stringify(
  Array.from({ length: RELAY_CANDIDATES }, () => ({ candidate: CANDIDATE, sdpMid: "0", sdpMLineIndex: 0 })),
);
const TRICKLE = `{"kind":"candidates","candidates":${CANDIDATES}}`;

/** Requests of the two together. */
export const REQUESTS_EACH = 10;

export const call: Call = async (caller, callee, chatId) => {
  const startedAt = performance.now();
  const callId = randomUUID();
  const [own, theirs] = [randomUUID(), randomUUID()];
  const participant = (id: string) => `"callId":"${callId}","participantId":"${id}"`;
  const signal = (talker: Talker, number: number, what: string) => {
    const [from, to] = talker === caller ? [own, theirs] : [theirs, own];
    const names = `"callId":"${callId}","from":"${from}","to":"${to}","link":1,"number":${number}`;
    return talker.requestText("call.signal", `{${names},"signal":${what}}`);
  };
  const start = `{${participant(own)},"chatId":"${chatId}","video":true,"streams":${STREAMS}}`;
  await caller.requestText("call.start", start);
  await callee.requestText("call.ringing", `{"callId":"${callId}"}`);
  await callee.requestText("call.join", `{${participant(theirs)},"streams":${STREAMS}}`);
  await signal(caller, 1, OFFER);
  await signal(callee, 1, ANSWER);
  const setUpMs = performance.now() - startedAt;
  await Promise.all([signal(caller, 2, TRICKLE), signal(callee, 2, TRICKLE)]);
  await Promise.all([
    caller.requestText("call.keep", `{${participant(own)}}`),
    callee.requestText("call.keep", `{${participant(theirs)}}`),
  ]);
  await caller.requestText("call.leave", `{${participant(own)}}`);
  return setUpMs;
};

/** What the reference is told in place of each: it has messages only, so the text is one. */
const [LIKE_STREAMS, LIKE_OFFER, LIKE_ANSWER, LIKE_CANDIDATES] = [STREAMS, OFFER, ANSWER, CANDIDATES].map((text) =>
  JSON.stringify(text),
) as [string, string, string, string];

/** As many lines to and fro as a call has, each stored before it is answered: the reference has no other way. */
export const likeACall: Call = async (caller, callee, chatId) => {
  const startedAt = performance.now();
  const say = (talker: Talker, text: string) =>
    talker.requestText(
      "message.send",
      `{"chatId":"${chatId}","clientId":"${newClientId()}","kind":"text","body":{"text":${text}}}`,
    );
  for (const talker of [caller, callee, callee]) await say(talker, LIKE_STREAMS);
  await say(caller, LIKE_OFFER);
  await say(callee, LIKE_ANSWER);
  const setUpMs = performance.now() - startedAt;
  await Promise.all([caller, callee].map((talker) => say(talker, LIKE_CANDIDATES)));
  await Promise.all([caller, callee].map((talker) => say(talker, LIKE_STREAMS)));
  await say(caller, LIKE_STREAMS);
  return setUpMs;
};

function description(type: "offer" | "answer"): string {
  const sdp = `${SDP}${`a=${CANDIDATE}\r\n`.repeat(HOST_CANDIDATES)}`;
  return JSON.stringify({ kind: "description", type, sdp, tracks: [] });
}
