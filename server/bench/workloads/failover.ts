import type { Bench } from "../bench.ts";
import { busDies, clusterActs, leaderDies, nodeDies, sentinelActs, type Times } from "../failover/deaths.ts";
import { spreadOf } from "../measure/spread.ts";
import { ANY_CORE, pinSelf } from "../process/cores.ts";

/** How long people wait when a part dies by `kill -9` while they talk. */
const DEATHS: readonly (readonly [string, () => Promise<Times | null>])[] = [
  ["one of two nodes is killed", nodeDies],
  ["the leader is killed", leaderDies],
  ["a Redis primary is killed, Sentinel acts", sentinelActs],
  ["a Redis primary is killed, its cluster acts", clusterActs],
  ["NATS is killed", busDies],
];
const NOTE =
  "kill -9 while 8 people write 2 messages a second each, over two nodes; Sentinel with down-after-milliseconds 500, the cluster with cluster-node-timeout 2000; low and high are those of all people and rounds";

export async function failover(bench: Bench): Promise<void> {
  // The servers inherit it, and there are up to eight of them.
  if (bench.cores !== null) pinSelf(ANY_CORE);
  try {
    for (const [death, measure] of DEATHS) {
      const times = new Map<string, number[]>();
      for (let round = 0; round < bench.effort.rounds; round++) {
        for (const [what, ms] of Object.entries((await measure()) ?? {})) {
          times.set(what, [...(times.get(what) ?? []), ...ms]);
        }
      }
      for (const [what, ms] of times) {
        const row = { id: "failover", unit: "ms", reference: null, figure: null, note: NOTE };
        bench.report.add({ ...row, what: `${death}: ${what}`, parley: spreadOf(ms) });
      }
    }
  } finally {
    if (bench.cores !== null) pinSelf(bench.cores.generator);
  }
}
