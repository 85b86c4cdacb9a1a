import { availableParallelism } from "node:os";
import { type Bench, PARLEY_DATABASE } from "../bench.ts";
import type { Talker } from "../load/talker.ts";
import { Tally } from "../load/tally.ts";
import { costRows } from "../measure/costs.ts";
import { interleaved } from "../measure/rounds.ts";
import { percentilesOf } from "../measure/spread.ts";
import { measureWindow, type Window } from "../measure/window.ts";
import { preparePeople } from "../parley/prepare.ts";
import { dataFolder, ParleySystem } from "../parley/system.ts";
import { childrenOf } from "../process/children.ts";
import { ANY_CORE } from "../process/cores.ts";
import { CpuQuota } from "../process/cpu-quota.ts";
import { RedisServer } from "../process/redis.ts";

/**
 * P10: as many sends as go through, durable, with one process and with two behind one port. Servers, store and generator
 * share the machine's cores, so each process gets a part of a core: two on a machine with room for both.
 */
const MOST = 2;
const PEOPLE_EACH = 64;
/** Cores of each process of the server: with two of them, half of two cores is left to the store and to the generator. */
const CORES_EACH = 0.4;
/** Of each person, in a group of that person alone: a chat takes one after the other. */
const IN_FLIGHT = 2;
/** Of each process, until its code is compiled, with all there is. Not a time: in the same one two would get less far than one. */
const WARM_UP_SENDS = 15_000;
/** For each of the other workloads: whatever else the machine does meets three processes and a store more than one and a store. */
const ROUNDS_TIMES = 3;
const TEXT = "x".repeat(100);

/** A server that is up, warm and held to its part of the machine. */
interface Subject {
  readonly pids: readonly number[];
  readonly storePid: number;
  readonly senders: readonly Sender[];
}

interface Sender {
  readonly talker: Talker;
  readonly chatId: string;
}

interface Round extends Window {
  readonly acksMs: readonly number[];
}

type End = () => Promise<void>;

export async function workers(bench: Bench): Promise<void> {
  const limited = await CpuQuota.possible();
  for (const store of ["embedded", "Redis"] as const) {
    const ends: End[] = [];
    try {
      const subjects = [await start(bench, store, MOST, ends), await start(bench, store, 1, ends)];
      const rounds = ROUNDS_TIMES * bench.effort.rounds;
      const results = await interleaved(rounds, subjects, (subject) => flood(bench, subject));
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
          ? `each process gets ${CORES_EACH} of a core; ${rounds} rounds`
          : "no control group can be made here, so servers and generator share the machine's cores: the rate is no measure",
      });
      for (const row of rows) bench.report.add(row);
    } finally {
      for (const end of ends.reverse()) await end();
    }
  }
}

/** Each has a store to itself: over a store that they share, one process would be told what the two do. */
async function start(bench: Bench, store: "embedded" | "Redis", count: number, ends: End[]): Promise<Subject> {
  const redis = store === "Redis" ? await RedisServer.start(bench.cores?.generator ?? null) : null;
  ends.push(async () => redis?.stop());
  const data = await dataFolder();
  ends.push(() => data.remove());
  const place = { storeUrl: redis?.url(PARLEY_DATABASE) ?? "", data: data.path };
  const people = await preparePeople({ ...place, people: PEOPLE_EACH * count, cold: 0 });
  const quota = await CpuQuota.make();
  ends.push(async () => quota?.remove());
  const system = await ParleySystem.start({
    ...place,
    people,
    core: bench.cores === null ? null : ANY_CORE,
    args: ["--workers", String(count)],
    around: (command) => quota?.around(command) ?? command,
  });
  const { program } = system;
  ends.push(() => program.stop());
  const senders: Sender[] = [];
  ends.push(async () => {
    await quota?.limit(availableParallelism());
    for (const { talker } of senders) talker.close();
  });
  for (let person = 0; person < people.length; person += 1) {
    const chatId = await system.group([person]);
    senders.push({ chatId, talker: await system.connect({ person, how: "resumed", tally: new Tally() }) });
  }
  let begun = 0;
  await sendAll(senders, () => begun++ < WARM_UP_SENDS * count);
  await quota?.limit(CORES_EACH * count);
  return { pids: [program.pid, ...childrenOf(program.pid)], storePid: (redis ?? bench.redis).pid, senders };
}

async function flood(bench: Bench, { pids, storePid, senders }: Subject): Promise<Round> {
  let acksMs: readonly number[] = [];
  const window = await measureWindow(pids, storePid, async () => {
    const until = performance.now() + bench.effort.seconds * 1_000;
    acksMs = await sendAll(senders, () => performance.now() < until);
  });
  return { ...window, acksMs };
}

/** What each acknowledgement took. */
async function sendAll(senders: readonly Sender[], goesOn: () => boolean): Promise<readonly number[]> {
  const acksMs: number[] = [];
  const lane = async ({ talker, chatId }: Sender) => {
    while (goesOn()) acksMs.push(await talker.send(chatId, TEXT));
  };
  await Promise.all(senders.flatMap((sender) => Array.from({ length: IN_FLIGHT }, () => lane(sender))));
  return acksMs;
}
