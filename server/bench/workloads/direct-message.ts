import type { Bench } from "../bench.ts";
import { talkInPairs } from "../load/pairs.ts";
import type { System } from "../load/system.ts";
import { costRows } from "../measure/costs.ts";
import { compare } from "../measure/rounds.ts";
import { percentilesOf } from "../measure/spread.ts";

/** P1: what a direct message costs, and how long its sender waits. */
export async function directMessage(bench: Bench): Promise<void> {
  await bench.with<System>([bench.parley(), bench.reference()], async (...systems) => {
    const [own = [], rounds = []] = await talkInPairs(bench, systems);
    const rows = costRows({
      id: "P1",
      what: "direct message",
      operation: ["message", "messages"],
      count: ({ messages }) => messages,
      latency: { name: "ack", of: ({ acksMs }) => percentilesOf(acksMs) },
      own,
      reference: { name: "ws+GCM", rounds },
      figures: {
        cpu: { of: "ratio", bound: "atMost", limit: 1.2 },
        p99: { of: "ratio", bound: "atMost", limit: 1.3 },
      },
    });
    for (const row of rows) bench.report.add(row);
    bench.report.add({
      id: "P1",
      what: "redis-server's own CPU per message",
      unit: "µs",
      ...compare(own, rounds, "ws+GCM", (round) => round.redisNs / 1000 / round.messages),
      figure: null,
    });
  });
}
