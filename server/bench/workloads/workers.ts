import { availableParallelism } from "node:os";
import { type Bench, PARLEY_DATABASE } from "../bench.ts";
import type { Talker } from "../load/talker.ts";
import { Tally } from "../load/tally.ts";
import { costRows } from "../measure/costs.ts";
import { interleaved } from "../measure/rounds.ts";
import { percentilesOf } from "../measure/spread.ts";
import { measureWindow, type Window } from "../measure/window.ts";
import type { Person } from "../parley/person.ts";
import { preparePeople } from "../parley/prepare.ts";
import { dataFolder, ParleySystem } from "../parley/system.ts";
import { childrenOf } from "../process/children.ts";
import { ANY_CORE } from "../process/cores.ts";
import { CpuQuota } from "../process/cpu-quota.ts";

/**
 * P10: as many sends as go through, durable, with one process and with two behind one port. Servers, store and generator
 * share the machine's cores, so each process gets a part of a core: two on a machine with room for both.
 */
export const WORKERS_PEOPLE = 128;
const MOST = 2;
/** Cores of each process of the server: with two of them, half of two cores is left to the store and to the generator. */
const CORES_EACH = 0.4;
/** Of each person, in a group of that person alone: a chat takes one after the other. */
const IN_FLIGHT = 2;
/** Until the code is compiled, with all there is. */
const WARM_UP_MS = 2_000;
const TEXT = "x".repeat(100);

interface Subject {
  readonly storeUrl: string;
  readonly data: string;
  readonly people: readonly Person[];
  readonly workers: number;
}

interface Sender {
  readonly talker: Talker;
  readonly chatId: string;
}

interface Round extends Window {
  readonly acksMs: readonly number[];
}

export async function workers(bench: Bench): Promise<void> {
  const storeUrl = bench.redis.url(PARLEY_DATABASE);
  const limited = await CpuQuota.possible();
  const embeddedData = await dataFolder();
  try {
    const embedded = await preparePeople({ storeUrl: "", data: embeddedData.path, people: WORKERS_PEOPLE, cold: 0 });
    for (const [store, shared] of [
      ["embedded", { storeUrl: "", data: embeddedData.path, people: embedded }],
      ["Redis", { storeUrl, data: bench.data, people: bench.people }],
    ] as const) {
      const subjects = [MOST, 1].map((count): Subject => ({ ...shared, workers: count }));
      const results = await interleaved(bench.effort.rounds, subjects, (subject) => flood(bench, subject));
      const [two = [], one = []] = results.values();
      const rows = costRows({
        id: "P10",
        what: `two workers, ${store}`,
        operation: ["send, of all processes", "sends"],
        count: ({ acksMs }) => acksMs.length,
        latency: { name: "ack", of: ({ acksMs }) => percentilesOf(acksMs) },
        own: two,
        reference: { name: "one process", rounds: one },
        figures: { rate: { of: "ratio", bound: "atLeast", limit: 1.7 } },
        note: limited
          ? `each process gets ${CORES_EACH} of a core`
          : "no control group can be made here, so servers and generator share the machine's cores: the rate is no measure",
      });
      for (const row of rows) bench.report.add(row);
    }
  } finally {
    await embeddedData.remove();
  }
}

async function flood(bench: Bench, { workers: count, ...options }: Subject): Promise<Round> {
  const quota = await CpuQuota.make();
  const system = await ParleySystem.start({
    ...options,
    core: bench.cores === null ? null : ANY_CORE,
    args: ["--workers", String(count)],
    around: (command) => quota?.around(command) ?? command,
  });
  try {
    const senders: Sender[] = [];
    // As many for each process.
    for (let person = 0; person < (WORKERS_PEOPLE / MOST) * count; person++) {
      const chatId = await system.group([person]);
      senders.push({ chatId, talker: await system.connect({ person, how: "resumed", tally: new Tally() }) });
    }
    await sendAll(senders, WARM_UP_MS);
    await quota?.limit(CORES_EACH * count);
    const { pid } = system.program;
    let acksMs: readonly number[] = [];
    const window = await measureWindow([pid, ...childrenOf(pid)], bench.redis.pid, async () => {
      acksMs = await sendAll(senders, bench.effort.seconds * 1_000);
    });
    await quota?.limit(availableParallelism());
    for (const { talker } of senders) talker.close();
    return { ...window, acksMs };
  } finally {
    await system.program.stop();
    await quota?.remove();
  }
}

/** What each acknowledgement took. */
async function sendAll(senders: readonly Sender[], ms: number): Promise<readonly number[]> {
  const until = performance.now() + ms;
  const acksMs: number[] = [];
  const lane = async ({ talker, chatId }: Sender) => {
    while (performance.now() < until) acksMs.push(await talker.send(chatId, TEXT));
  };
  await Promise.all(senders.flatMap((sender) => Array.from({ length: IN_FLIGHT }, () => lane(sender))));
  return acksMs;
}
