import { setTimeout as wait } from "node:timers/promises";
import { RING_AGAIN_SECONDS } from "../../src/domain/calls/callees.ts";
import type { Bench } from "../bench.ts";
import type { Effort } from "../effort.ts";
import type { Figure } from "../figure.ts";
import { call, likeACall, REQUESTS_EACH } from "../load/call.ts";
import { abreast, paced } from "../load/paced.ts";
import type { System } from "../load/system.ts";
import type { Talker } from "../load/talker.ts";
import { Tally } from "../load/tally.ts";
import { compare, interleaved } from "../measure/rounds.ts";
import { percentile } from "../measure/spread.ts";
import { measureWindow, type Window } from "../measure/window.ts";

/** Whole calls of two people, as their clients signal them. */
const PER_SECOND = 40;
/** Enough that nobody is in two calls, few enough that their idle connections do not count. */
const PACED_PEOPLE = 40;
/** Saturated, each person has so many calls in a round, one after the other: seconds' worth, and less than one may save up. */
const CALLS_EACH = 3;
const CONNECT_ABREAST = 16;
/** Rounds before anything is measured: V8 compiles what a call runs through for good after a thousand calls or so. */
const WARM_UP_ROUNDS = 4;

interface Pair {
  readonly talkers: readonly [Talker, Talker];
  readonly chatId: string;
}

/** Each pair has one call in a round. */
interface Pairs {
  readonly system: System;
  readonly pairs: readonly Pair[];
  /** Of a round; null: everybody calls as soon as the call before is over. */
  readonly perSecond: number | null;
  /** Who calls in this round, and when each of the two was through with calling before. */
  turn: 0 | 1;
  readonly calledAt: [number, number];
}

interface Round extends Window {
  readonly calls: number;
  readonly setUpMs: readonly number[];
}

export function callPeople({ senders }: Effort): number {
  return Math.max(PACED_PEOPLE, senders);
}

export async function calls(bench: Bench): Promise<void> {
  await bench.with<System>([bench.parley(), bench.reference()], async (...systems) => {
    await measure(bench, systems, {
      people: PACED_PEOPLE,
      perSecond: PER_SECOND,
      count: PER_SECOND * bench.effort.seconds,
      what: "",
      figure: null,
      note: `${PER_SECOND} calls a second, from start to message: ${REQUESTS_EACH} requests; warm, as a server is that runs for a while; the reference stores and passes on as many messages of their lengths`,
    });
    const people = bench.effort.senders;
    await measure(bench, systems, {
      people,
      perSecond: null,
      count: (people / 2) * CALLS_EACH,
      what: ", saturated",
      figure: { of: "value", bound: "atMost", limit: 1 },
      note: `saturated: ${people} people call each other in twos, ${CALLS_EACH} calls of each, the next one as soon as the one before is over`,
    });
  });
}

interface Part {
  readonly people: number;
  readonly perSecond: number | null;
  readonly count: number;
  readonly what: string;
  readonly figure: Figure | null;
  readonly note: string;
}

async function measure(bench: Bench, systems: readonly System[], part: Part): Promise<void> {
  const subjects: Pairs[] = [];
  for (const system of systems) subjects.push(await meet(system, part));
  for (const subject of subjects) {
    for (let round = 0; round < WARM_UP_ROUNDS; round += 1) await talk(bench, subject);
  }
  const results = await interleaved(bench.effort.rounds, subjects, (subject) => talk(bench, subject));
  for (const { talkers } of subjects.flatMap(({ pairs }) => pairs)) for (const talker of talkers) talker.close();
  const [parley = [], reference = []] = results.values();
  const row = (what: string, unit: string, value: (round: Round) => number) => ({
    id: "calls",
    what,
    unit,
    ...compare(parley, reference, "ws+GCM, the same lines", value),
    figure: null,
    generatorBusy: Math.max(...[...parley, ...reference].map((round) => round.generatorBusy)),
  });
  const { what, figure, note } = part;
  const cpuMs = (round: Round) => round.server.totalNs / 1e6 / round.calls;
  bench.report.add({ ...row(`signalling of a call of two${what}, CPU per call`, "ms", cpuMs), figure, note });
  bench.report.add(
    row(`from start to the answer at the caller${what}, p50`, "ms", ({ setUpMs }) => percentile(setUpMs, 50)),
  );
  bench.report.add(row(`redis-server's own CPU per call${what}`, "ms", (round) => round.redisNs / 1e6 / round.calls));
}

async function meet(system: System, { people, count, perSecond }: Part): Promise<Pairs> {
  const everybody = await abreast(
    Array.from({ length: people }, (_, person) => person),
    CONNECT_ABREAST,
    (person) => system.connect({ person, how: "resumed", tally: new Tally() }),
  );
  const pairs: Pair[] = [];
  for (const [a, b] of tournament(people, count)) {
    const chatId = await system.direct(a, b);
    const talkers = [everybody[a] as Talker, everybody[b] as Talker] as const;
    for (const talker of talkers) await system.enter(talker, chatId);
    pairs.push({ talkers, chatId });
  }
  return { system, pairs, perSecond, turn: 0, calledAt: [-Infinity, -Infinity] };
}

/** Pairs of which nobody is in two that follow closely, and none comes twice: nobody rings a person again within seconds. */
function tournament(people: number, count: number): (readonly [number, number])[] {
  const circle = people - 1;
  return Array.from({ length: count }, (_, index) => {
    const [round, i] = [Math.floor((2 * index) / people), index % (people / 2)];
    return i === 0 ? [circle, round % circle] : [(round + i) % circle, (round - i + circle) % circle];
  });
}

async function talk(bench: Bench, subject: Pairs): Promise<Round> {
  const { system, pairs, perSecond, turn, calledAt } = subject;
  const callOnce = system.name === "Parley" ? call : likeACall;
  await wait(Math.max(0, calledAt[turn] + RING_AGAIN_SECONDS * 1_000 - performance.now()));
  // Who is in a call is busy: the next one waits for it. Paced, that is so on a slow machine only.
  const free = new Map<Talker, Promise<unknown>>();
  const callNext = ({ talkers, chatId }: Pair): Promise<number> => {
    const done = Promise.all(talkers.map((talker) => free.get(talker))).then(() =>
      callOnce(talkers[turn], talkers[1 - turn] as Talker, chatId),
    );
    for (const talker of talkers) free.set(talker, done);
    return done;
  };
  let setUpMs: readonly number[] = [];
  const window = await measureWindow(system.program.pid, bench.redis.pid, async () => {
    setUpMs =
      perSecond === null
        ? await Promise.all(pairs.map(callNext))
        : await paced(perSecond, pairs.length, (index) => callNext(pairs[index] as Pair));
  });
  calledAt[turn] = performance.now();
  subject.turn = turn === 0 ? 1 : 0;
  return { ...window, calls: pairs.length, setUpMs };
}
