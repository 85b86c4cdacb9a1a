import type { Bench } from "../bench.ts";
import { type Group, gather } from "../load/group.ts";
import { paced } from "../load/paced.ts";
import type { System } from "../load/system.ts";
import type { Talker } from "../load/talker.ts";
import { costRows } from "../measure/costs.ts";
import { compare, interleaved } from "../measure/rounds.ts";
import { percentilesOf } from "../measure/spread.ts";
import { measureWindow, type Window } from "../measure/window.ts";

/** P2: one sender in a group, paced so that a core is about half busy. */
const DELIVERIES_PER_SECOND = 10_000;
const TEXT = "x".repeat(100);
const WITHIN_MS = 20_000;
/** Before anything is measured: V8 compiles what a message runs through for good after some hundreds. */
const WARM_UP_MESSAGES = 500;

interface Round extends Window {
  readonly deliveries: number;
  readonly acksMs: readonly number[];
}

export async function fanOut(bench: Bench): Promise<void> {
  for (const receivers of bench.effort.groups) {
    const starting = [bench.parley(), bench.reference(), bench.reference({ coalesce: true })];
    await bench.with<System>(starting, async (...systems) => {
      const groups: Group[] = [];
      for (const system of systems) {
        const group = await gather(system, 1, receivers);
        await warmUp(group, receivers);
        groups.push(group);
      }
      const results = await interleaved(bench.effort.rounds, groups, (group) => speak(bench, group, receivers));
      const [parley = [], bare = [], coalescing = []] = results.values();
      const what = `group of ${receivers}`;
      const rows = costRows({
        id: "P2",
        what,
        operation: ["delivery", "deliveries"],
        count: ({ deliveries }) => deliveries,
        latency: { name: "ack", of: ({ acksMs }) => percentilesOf(acksMs) },
        own: parley,
        reference: { name: "ws+GCM", rounds: bare },
        figures: { cpu: { of: "ratio", bound: "atMost", limit: 1.3 } },
      });
      for (const row of rows) bench.report.add(row);
      const row = { id: "P2", unit: "µs", figure: null };
      bench.report.add({
        ...row,
        what: `${what}, CPU per delivery`,
        ...compare(parley, coalescing, "coalescing", (round) => round.server.totalNs / 1000 / round.deliveries),
      });
      bench.report.add({
        ...row,
        what: `${what}, redis-server's own CPU per message`,
        ...compare(parley, bare, "ws+GCM", (round) => (round.redisNs / 1000 / round.deliveries) * receivers),
      });
    });
  }
}

async function warmUp({ chatId, speakers, received }: Group, receivers: number): Promise<void> {
  const [sender] = speakers as readonly [Talker];
  const heard = received.startTo(WARM_UP_MESSAGES * receivers, WITHIN_MS);
  for (let message = 0; message < WARM_UP_MESSAGES; message += 1) await sender.send(chatId, TEXT);
  await heard;
}

async function speak(bench: Bench, { system, chatId, speakers, received }: Group, receivers: number): Promise<Round> {
  const perSecond = DELIVERIES_PER_SECOND / receivers;
  const messages = Math.ceil(perSecond * bench.effort.seconds);
  const deliveries = messages * receivers;
  const [sender] = speakers as readonly [Talker];
  let acksMs: readonly number[] = [];
  const window = await measureWindow(system.program.pid, bench.redis.pid, async () => {
    [acksMs] = await Promise.all([
      paced(perSecond, messages, () => sender.send(chatId, TEXT)),
      received.startTo(deliveries, bench.effort.seconds * 1000 + WITHIN_MS),
    ]);
  });
  return { ...window, deliveries, acksMs };
}
