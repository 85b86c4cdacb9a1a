import type { Bench } from "../bench.ts";
import { talkInPairs } from "../load/pairs.ts";
import type { System } from "../load/system.ts";
import { costRows } from "../measure/costs.ts";
import { percentilesOf } from "../measure/spread.ts";

/** P11: from send on one connection to receipt on another. */
export async function delivery(bench: Bench): Promise<void> {
  await bench.with<System>([bench.parley(), bench.reference()], async (...systems) => {
    const [own = [], rounds = []] = await talkInPairs(bench, systems);
    const rows = costRows({
      id: "P11",
      what: "delivery of a direct message",
      operation: ["message", "messages"],
      count: ({ messages }) => messages,
      latency: { name: "from send to receipt", of: ({ receiptsMs }) => percentilesOf(receiptsMs) },
      own,
      reference: { name: "ws+GCM", rounds },
      figures: {
        p50: { of: "ratio", bound: "atMost", limit: 1.3 },
        p99: { of: "ratio", bound: "atMost", limit: 1.5 },
      },
    });
    for (const row of rows) bench.report.add(row);
  });
}
