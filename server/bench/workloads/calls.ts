import { randomUUID } from "node:crypto";
import type { Bench } from "../bench.ts";
import { paced } from "../load/paced.ts";
import type { System } from "../load/system.ts";
import type { Talker } from "../load/talker.ts";
import { Tally } from "../load/tally.ts";
import { compare, interleaved } from "../measure/rounds.ts";
import { percentile } from "../measure/spread.ts";
import { measureWindow, type Window } from "../measure/window.ts";

/** Whole calls of two people, as their clients signal them. */
const PER_SECOND = 40;
/** Enough that nobody is in two calls, few enough that their idle connections do not count. */
export const CALL_PEOPLE = 40;

/** A browser's description of audio and video, and a candidate, by their lengths. */
const SDP = `v=0\r\n${"a=rtpmap:111 opus/48000/2\r\n".repeat(180)}`;
const CANDIDATE = `candidate:1 1 udp 2122260223 ${"x".repeat(90)}`;
const STREAMS = [{ streamId: "camera", kind: "camera", audio: true, video: true }];
/**
 * Ten candidates of one side, as the client library sends them: the addresses of the device itself, which a browser finds
 * at once, within the description, and later those that a relay gives it as one signal.
 */
const HOST_CANDIDATES = 6;
const TRICKLES = [4];
/** Rounds before anything is measured: V8 compiles what a call runs through for good after a thousand calls or so. */
const WARM_UP_ROUNDS = 4;

interface Pairs {
  readonly system: System;
  readonly pairs: readonly { readonly talkers: readonly [Talker, Talker]; readonly chatId: string }[];
  /** Who calls in this round. */
  turn: 0 | 1;
}

interface Round extends Window {
  readonly calls: number;
  readonly setUpMs: readonly number[];
}

export async function calls(bench: Bench): Promise<void> {
  await bench.with<System>([bench.parley(), bench.reference()], async (...systems) => {
    const subjects: Pairs[] = [];
    for (const system of systems) subjects.push(await meet(bench, system));
    for (const subject of subjects) {
      for (let round = 0; round < WARM_UP_ROUNDS; round += 1) await talk(bench, subject);
    }
    const results = await interleaved(bench.effort.rounds, subjects, (subject) => talk(bench, subject));
    const [parley = [], reference = []] = results.values();
    const row = (what: string, unit: string, value: (round: Round) => number) => ({
      id: "calls",
      what,
      unit,
      ...compare(parley, reference, "ws+GCM, the same lines", value),
      generatorBusy: Math.max(...[...parley, ...reference].map((round) => round.generatorBusy)),
    });
    bench.report.add({
      ...row("signalling of a call of two, CPU per call", "ms", (round) => round.server.totalNs / 1e6 / round.calls),
      figure: null,
      note: `${PER_SECOND} calls a second, from start to message: ${REQUESTS_EACH} requests; warm, as a server is that runs for a while; the reference stores and passes on as many messages of their lengths`,
    });
    bench.report.add({
      ...row("from start to the answer at the caller, p50", "ms", ({ setUpMs }) => percentile(setUpMs, 50)),
      figure: null,
    });
    bench.report.add({
      ...row("redis-server's own CPU per call", "ms", (round) => round.redisNs / 1e6 / round.calls),
      figure: null,
    });
  });
}

async function meet(bench: Bench, system: System): Promise<Pairs> {
  const everybody: Talker[] = [];
  for (let person = 0; person < CALL_PEOPLE; person += 1) {
    everybody.push(await system.connect({ person, how: "resumed", tally: new Tally() }));
  }
  const pairs: Pairs["pairs"][number][] = [];
  for (const [a, b] of tournament(PER_SECOND * bench.effort.seconds)) {
    const chatId = await system.direct(a, b);
    const talkers = [everybody[a] as Talker, everybody[b] as Talker] as const;
    for (const talker of talkers) await system.enter(talker, chatId);
    pairs.push({ talkers, chatId });
  }
  return { system, pairs, turn: 0 };
}

/** Pairs of which nobody is in two that follow closely, and none comes twice: nobody rings a person again within seconds. */
function tournament(count: number): (readonly [number, number])[] {
  const circle = CALL_PEOPLE - 1;
  return Array.from({ length: count }, (_, index) => {
    const [round, i] = [Math.floor((2 * index) / CALL_PEOPLE), index % (CALL_PEOPLE / 2)];
    return i === 0 ? [circle, round % circle] : [(round + i) % circle, (round - i + circle) % circle];
  });
}

async function talk(bench: Bench, subject: Pairs): Promise<Round> {
  const { system, pairs, turn } = subject;
  const callOnce = system.name === "Parley" ? call : likeACall;
  // On a slow machine a call waits for the one before: who is in one is busy.
  const free = new Map<Talker, Promise<unknown>>();
  let setUpMs: readonly number[] = [];
  const window = await measureWindow(system.program.pid, bench.redis.pid, async () => {
    setUpMs = await paced(PER_SECOND, pairs.length, (index) => {
      const { talkers, chatId } = pairs[index] ?? (pairs[0] as Pairs["pairs"][number]);
      const done = Promise.all(talkers.map((talker) => free.get(talker))).then(() =>
        callOnce(talkers[turn], talkers[1 - turn] as Talker, chatId),
      );
      for (const talker of talkers) free.set(talker, done);
      return done;
    });
  });
  subject.turn = turn === 0 ? 1 : 0;
  return { ...window, calls: pairs.length, setUpMs };
}

/** Answers the milliseconds until the caller has the answer. */
async function call(caller: Talker, callee: Talker, chatId: string): Promise<number> {
  const startedAt = performance.now();
  const callId = randomUUID();
  const [own, theirs] = [
    { callId, participantId: randomUUID() },
    { callId, participantId: randomUUID() },
  ];
  const signal = (from: typeof own, to: typeof own, number: number, what: object) => {
    const params = { callId, from: from.participantId, to: to.participantId, link: 1, number, signal: what };
    return (from === own ? caller : callee).request("call.signal", params);
  };
  const trickle = (from: typeof own, to: typeof own) =>
    TRICKLES.map((count, n) => signal(from, to, 2 + n, { kind: "candidates", candidates: candidates(count) }));
  await caller.request("call.start", { ...own, chatId, video: true, streams: STREAMS });
  await callee.request("call.ringing", { callId });
  await callee.request("call.join", { ...theirs, streams: STREAMS });
  await signal(own, theirs, 1, description("offer"));
  await signal(theirs, own, 1, description("answer"));
  const setUpMs = performance.now() - startedAt;
  await Promise.all([...trickle(own, theirs), ...trickle(theirs, own)]);
  await Promise.all([caller.request("call.keep", own), callee.request("call.keep", theirs)]);
  await caller.request("call.leave", own);
  return setUpMs;
}

const REQUESTS_EACH = 3 + 2 + 2 * TRICKLES.length + 2 + 1;

/** As many lines to and fro as a call has, each stored before it is answered: the reference has no other way. */
async function likeACall(caller: Talker, callee: Talker, chatId: string): Promise<number> {
  const startedAt = performance.now();
  const small = JSON.stringify(STREAMS);
  for (const talker of [caller, callee, callee]) await talker.send(chatId, small);
  await caller.send(chatId, JSON.stringify(description("offer")));
  await callee.send(chatId, JSON.stringify(description("answer")));
  const setUpMs = performance.now() - startedAt;
  const trickle = (talker: Talker) => TRICKLES.map((count) => talker.send(chatId, JSON.stringify(candidates(count))));
  await Promise.all([...trickle(caller), ...trickle(callee)]);
  await Promise.all([caller.send(chatId, small), callee.send(chatId, small)]);
  await caller.send(chatId, small);
  return setUpMs;
}

function description(type: "offer" | "answer") {
  const sdp = `${SDP}${`a=${CANDIDATE}\r\n`.repeat(HOST_CANDIDATES)}`;
  return { kind: "description", type, sdp, tracks: [] };
}

function candidates(count: number) {
  return Array.from({ length: count }, () => ({ candidate: CANDIDATE, sdpMid: "0", sdpMLineIndex: 0 }));
}
