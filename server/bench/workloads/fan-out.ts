import type { Bench } from "../bench.ts";
import { abreast, paced } from "../load/paced.ts";
import type { System } from "../load/system.ts";
import type { Talker } from "../load/talker.ts";
import { Tally } from "../load/tally.ts";
import { compare, interleaved } from "../measure/rounds.ts";
import { measureWindow, type Window } from "../measure/window.ts";

/** P2: one sender in a group, paced so that a core is about half busy. */
const DELIVERIES_PER_SECOND = 10_000;
const TEXT = "x".repeat(100);
const WITHIN_MS = 20_000;
const CONNECT_ABREAST = 16;

interface Group {
  readonly system: System;
  readonly chatId: string;
  readonly sender: Talker;
  readonly received: Tally;
}

interface Round extends Window {
  readonly deliveries: number;
}

export async function fanOut(bench: Bench): Promise<void> {
  for (const receivers of bench.effort.groups) {
    const starting = [bench.parley(), bench.reference(), bench.reference({ coalesce: true })];
    await bench.with<System>(starting, async (...systems) => {
      const groups: Group[] = [];
      for (const system of systems) groups.push(await gather(system, receivers));
      const results = await interleaved(bench.effort.rounds, groups, (group) => speak(bench, group, receivers));
      const [parley = [], bare = [], coalescing = []] = results.values();
      const generatorBusy = Math.max(...[...parley, ...bare].map((round) => round.generatorBusy));
      const cpu = (round: Round) => round.server.totalNs / 1000 / round.deliveries;
      const row = { id: "P2", what: `group of ${receivers}, CPU per delivery`, unit: "µs", generatorBusy };
      bench.report.add({
        ...row,
        ...compare(parley, bare, "ws+GCM", cpu),
        figure: { of: "ratio", bound: "atMost", limit: 1.3 },
      });
      bench.report.add({ ...row, ...compare(parley, coalescing, "coalescing", cpu), figure: null });
      bench.report.add({
        ...row,
        what: `group of ${receivers}, redis-server's own CPU per message`,
        ...compare(parley, bare, "ws+GCM", (round) => (round.redisNs / 1000 / round.deliveries) * receivers),
        figure: null,
      });
    });
  }
}

async function gather(system: System, receivers: number): Promise<Group> {
  const received = new Tally();
  const people = Array.from({ length: receivers + 1 }, (_, person) => person);
  const chatId = await system.group(people);
  const sender = await system.connect({ person: 0, how: "resumed", tally: new Tally() });
  await system.enter(sender, chatId);
  await abreast(people.slice(1), CONNECT_ABREAST, async (person) => {
    await system.enter(await system.connect({ person, how: "resumed", tally: received }), chatId);
  });
  return { system, chatId, sender, received };
}

async function speak(bench: Bench, { system, chatId, sender, received }: Group, receivers: number): Promise<Round> {
  const perSecond = DELIVERIES_PER_SECOND / receivers;
  const messages = Math.ceil(perSecond * bench.effort.seconds);
  const deliveries = messages * receivers;
  const window = await measureWindow(system.program.pid, bench.redis.pid, async () => {
    await Promise.all([
      received.startTo(deliveries, bench.effort.seconds * 1000 + WITHIN_MS),
      paced(perSecond, messages, () => sender.send(chatId, TEXT)),
    ]);
  });
  return { ...window, deliveries };
}
