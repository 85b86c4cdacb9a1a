import type { Bench } from "../bench.ts";
import { paced } from "../load/paced.ts";
import type { System } from "../load/system.ts";
import type { Talker } from "../load/talker.ts";
import { Tally } from "../load/tally.ts";
import { compare, interleaved } from "../measure/rounds.ts";
import { percentile } from "../measure/spread.ts";
import { measureWindow, type Window } from "../measure/window.ts";

/** P1: direct messages, durable before the acknowledgement, at a steady rate. */
const PER_SECOND = 100;
/** Pairs of people that talk; each person has one connection. */
const PAIRS = 10;
export const PEOPLE = 2 * PAIRS;
const TEXT = "x".repeat(100);
const WITHIN_MS = 15_000;

interface Pairs {
  readonly system: System;
  readonly received: Tally;
  readonly senders: readonly Sender[];
}

interface Sender {
  readonly talker: Talker;
  readonly chatId: string;
}

interface Round extends Window {
  readonly messages: number;
  readonly acksMs: readonly number[];
}

export async function directMessage(bench: Bench): Promise<void> {
  await bench.with<System>([bench.parley(), bench.reference()], async (...systems) => {
    const subjects: Pairs[] = [];
    for (const system of systems) subjects.push(await meet(system));
    const results = await interleaved(bench.effort.rounds, subjects, (pairs) => talk(bench, pairs));
    const [parley = [], reference = []] = results.values();
    const generatorBusy = Math.max(...[...parley, ...reference].map((round) => round.generatorBusy));
    const row = (what: string, unit: string, value: (round: Round) => number) => ({
      id: "P1",
      what,
      unit,
      ...compare(parley, reference, "ws+GCM", value),
      generatorBusy,
    });
    bench.report.add({
      ...row("direct message, CPU per message", "µs", (round) => round.server.totalNs / 1000 / round.messages),
      figure: { of: "ratio", bound: "atMost", limit: 1.2 },
    });
    bench.report.add({
      ...row("direct message, ack p99", "ms", ({ acksMs }) => percentile(acksMs, 99)),
      figure: { of: "ratio", bound: "atMost", limit: 1.3 },
    });
    bench.report.add({
      ...row("direct message, ack p50", "ms", ({ acksMs }) => percentile(acksMs, 50)),
      figure: null,
    });
    bench.report.add({
      ...row("redis-server's own CPU per message", "µs", (round) => round.redisNs / 1000 / round.messages),
      figure: null,
    });
  });
}

async function meet(system: System): Promise<Pairs> {
  const received = new Tally();
  const senders: Sender[] = [];
  for (let pair = 0; pair < PAIRS; pair++) {
    const [a, b] = [2 * pair, 2 * pair + 1];
    const chatId = await system.direct(a, b);
    const talker = await system.connect({ person: a, how: "resumed", tally: new Tally() });
    const listener = await system.connect({ person: b, how: "resumed", tally: received });
    await system.enter(talker, chatId);
    await system.enter(listener, chatId);
    senders.push({ talker, chatId });
  }
  return { system, received, senders };
}

async function talk(bench: Bench, { system, received, senders }: Pairs): Promise<Round> {
  const messages = PER_SECOND * bench.effort.seconds;
  let acksMs: readonly number[] = [];
  const window = await measureWindow(system.program.pid, bench.redis.pid, async () => {
    const delivered = received.startTo(messages, bench.effort.seconds * 1000 + WITHIN_MS);
    [acksMs] = await Promise.all([
      paced(PER_SECOND, messages, (index) => {
        const { talker, chatId } = senders[index % senders.length] as Sender;
        return talker.send(chatId, TEXT);
      }),
      delivered,
    ]);
  });
  return { ...window, messages, acksMs };
}
