import { fileURLToPath } from "node:url";
import { type Bench, PARLEY_DATABASE, REFERENCE_DATABASE } from "../bench.ts";
import { abreast } from "../load/paced.ts";
import type { Talker } from "../load/talker.ts";
import { Tally } from "../load/tally.ts";
import { costRows } from "../measure/costs.ts";
import { compare, interleaved } from "../measure/rounds.ts";
import { type Percentiles, percentilesOf } from "../measure/spread.ts";
import { measureWindow, type Window } from "../measure/window.ts";
import { preparePeople } from "../parley/prepare.ts";
import { dataFolder, ParleySystem } from "../parley/system.ts";
import { Program } from "../process/program.ts";
import type { AppendDone, AppendJob, Asked } from "../reference/store-alone.ts";

/** P8: everybody sends at once, each the next message when the one before is on the disk. */
const PEOPLE_EACH = 5;
const CONNECT_ABREAST = 16;
const TEXT = "x".repeat(100);
const STORE_ALONE = fileURLToPath(new URL("../reference/store-alone.js", import.meta.url));

interface Subject {
  readonly program: Program;
  /** Answers how many were appended. */
  run(): Promise<number>;
  /** Of the last run. */
  latencies(): Promise<Percentiles>;
}

interface Round extends Window, Percentiles {
  readonly appends: number;
}

export async function sends(bench: Bench): Promise<void> {
  const url = bench.redis.url(PARLEY_DATABASE);
  const parley = await bench.parley([], url);
  await report(bench, { store: "Redis", alone: "Redis alone", place: bench.redis.url(REFERENCE_DATABASE), parley });
  const [own, alone] = [await dataFolder(), await dataFolder()];
  try {
    const place = { storeUrl: "", data: own.path };
    const people = await preparePeople({ ...place, people: bench.effort.senders, cold: 0 });
    const embedded = await ParleySystem.start({ ...place, people, core: bench.cores?.server ?? null });
    await report(bench, { store: "embedded", alone: "lmdb alone", place: alone.path, parley: embedded });
  } finally {
    await own.remove();
    await alone.remove();
  }
}

interface Pair {
  readonly store: string;
  readonly alone: string;
  /** A Redis or a folder, for the store alone. */
  readonly place: string;
  readonly parley: ParleySystem;
}

async function report(bench: Bench, { store, alone, place, parley }: Pair): Promise<void> {
  const { senders } = bench.effort;
  const chats = senders / PEOPLE_EACH;
  const starting = Program.start({
    command: [process.execPath, STORE_ALONE, place],
    core: bench.cores?.server ?? null,
    ready: /ready/,
    channel: true,
  });
  const bare = await starting.catch(async (error: unknown) => {
    await parley.program.stop();
    throw error;
  });
  try {
    const subjects = [await overConnections(bench, parley), storeAlone(bench, bare, chats)];
    const results = await interleaved(bench.effort.rounds, subjects, (subject) => measure(bench, subject));
    const [own = [], rounds = []] = results.values();
    const what = `${senders} connections send in ${chats} chats, ${store}`;
    const note =
      `${PEOPLE_EACH} people in each chat, so each send is delivered to ${PEOPLE_EACH - 1}; the store alone has as many appends ` +
      "under way, of one process and without anybody to deliver to";
    const rows = costRows({
      id: "P8",
      what,
      operation: ["send", "sends"],
      count: ({ appends }) => appends,
      latency: { name: "ack", of: (round) => round },
      own,
      reference: { name: alone, rounds },
      figures: { rate: { of: "ratio", bound: "atLeast", limit: 0.6 } },
      note,
    });
    for (const row of rows) bench.report.add(row);
    bench.report.add({
      id: "P8",
      what: `${what}, a core's worth of sends a second`,
      unit: "/s",
      ...compare(own, rounds, alone, (round) => (1e9 * round.appends) / round.server.totalNs),
      figure: null,
    });
  } finally {
    await bare.stop();
    await parley.program.stop();
  }
}

async function measure(bench: Bench, subject: Subject): Promise<Round> {
  let appends = 0;
  const window = await measureWindow(subject.program.pid, bench.redis.pid, async () => {
    appends = await subject.run();
  });
  return { ...window, ...(await subject.latencies()), appends };
}

async function overConnections(bench: Bench, parley: ParleySystem): Promise<Subject> {
  const { senders, seconds } = bench.effort;
  const everybody = Array.from({ length: senders }, (_, person) => person);
  const chatIds: string[] = [];
  for (let first = 0; first < senders; first += PEOPLE_EACH) {
    chatIds.push(await parley.group(everybody.slice(first, first + PEOPLE_EACH)));
  }
  const lanes = await abreast(everybody, CONNECT_ABREAST, async (person) => ({
    talker: await parley.connect({ person, how: "resumed", tally: new Tally() }),
    chatId: chatIds[Math.floor(person / PEOPLE_EACH)] ?? "",
  }));
  const untilDone = async (lane: { talker: Talker; chatId: string }, until: number, into: number[]) => {
    while (performance.now() < until) into.push(await lane.talker.send(lane.chatId, TEXT));
  };
  let latenciesMs: number[] = [];
  return {
    program: parley.program,
    async run() {
      latenciesMs = [];
      const until = performance.now() + seconds * 1_000;
      await Promise.all(lanes.map((lane) => untilDone(lane, until, latenciesMs)));
      return latenciesMs.length;
    },
    latencies: async () => percentilesOf(latenciesMs),
  };
}

function storeAlone(bench: Bench, program: Program, chats: number): Subject {
  const { senders: inFlight, seconds } = bench.effort;
  const job: AppendJob = { seconds, inFlight, chats };
  return {
    program,
    run: async () => ((await program.ask(job)) as AppendDone).appends,
    latencies: async () => (await program.ask("latencies" satisfies Asked)) as Percentiles,
  };
}
