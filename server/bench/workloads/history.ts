import { fileURLToPath } from "node:url";
import { Redis } from "ioredis";
import { type Bench, PARLEY_DATABASE, REFERENCE_DATABASE } from "../bench.ts";
import { paced } from "../load/paced.ts";
import type { System } from "../load/system.ts";
import { newClientId, type Talker } from "../load/talker.ts";
import { Tally } from "../load/tally.ts";
import { costRows } from "../measure/costs.ts";
import { compare, interleaved } from "../measure/rounds.ts";
import { type Percentiles, percentilesOf, spreadOf } from "../measure/spread.ts";
import { measureWindow, type Window } from "../measure/window.ts";
import type { LoopDelay } from "../process/probe.ts";
import { PROBE, Program } from "../process/program.ts";
import type { LrangeJob } from "../reference/lrange.ts";

/** P6: the newest 50 of a long log, as one opens a chat. */
const NEWEST = 50;
const PER_SECOND = 200;
/** Each stays under the requests a second that one connection may make. */
const CONNECTIONS = 4;
const COPIED_AT_ONCE = 1_000;

interface Reader {
  readonly name: string;
  readonly program: Program;
  /** Latencies' percentiles of so many reads at `PER_SECOND`. */
  read(times: number): Promise<Percentiles>;
}

interface Round extends Window, Percentiles {
  readonly pages: number;
}

export async function history(bench: Bench): Promise<void> {
  const chatId = await writeLog(bench);
  const lrange = await Program.start({
    command: [
      process.execPath,
      fileURLToPath(new URL("../reference/lrange.js", import.meta.url)),
      bench.redis.url(REFERENCE_DATABASE),
    ],
    core: bench.cores?.server ?? null,
    ready: /ready/,
    channel: true,
  });
  try {
    await bench.with<System>([bench.parley(["--import", PROBE]), bench.reference()], async (parley, reference) => {
      if (parley === undefined || reference === undefined) throw new Error("two servers");
      const readers = [
        await overConnections(parley, chatId),
        bareLrange(lrange),
        await overConnections(reference, LOG),
      ];
      const results = await interleaved(bench.effort.rounds, readers, (reader) => readPages(bench, reader));
      const [pages = [], bare = [], sealed = []] = results.values();
      report(bench, pages, bare, sealed);
      await reportLoop(bench, parley, readers[0] as Reader);
    });
  } finally {
    await lrange.stop();
  }
}

function report(bench: Bench, pages: Round[], bare: Round[], sealed: Round[]): void {
  const generatorBusy = Math.max(...pages.map((round) => round.generatorBusy));
  const row = { id: "P6", unit: "µs", generatorBusy };
  const cpu = (round: Round) => round.server.totalNs / 1000 / round.pages;
  const what = `newest ${NEWEST} of ${bench.effort.log}`;
  bench.report.add({
    ...row,
    what: `${what}, CPU per page`,
    ...compare(pages, bare, "LRANGE", cpu),
    figure: { of: "ratio", bound: "atMost", limit: 2 },
  });
  // Beside the one that seals and sends the same page, too.
  const rows = costRows({
    id: "P6",
    what,
    operation: ["page, sealed and sent", "pages"],
    count: (round) => round.pages,
    latency: { name: "page", of: (round) => round },
    own: pages,
    reference: { name: "LRANGE+ws+GCM", rounds: sealed },
  });
  for (const each of rows) bench.report.add(each);
  bench.report.add({
    ...row,
    what: `${what}, CPU of the main thread per page`,
    ...compare(pages, bare, "LRANGE", (round) => round.server.mainNs / 1000 / round.pages),
    figure: { of: "value", bound: "atMost", limit: 1_000 },
  });
  bench.report.add({
    ...row,
    what: `${what}, p99 over p50`,
    unit: "",
    ...compare(pages, bare, "LRANGE", (round) => round.p99Ms / round.p50Ms),
    figure: { of: "value", bound: "atMost", limit: 3 },
    note: `${PER_SECOND} pages a second`,
  });
}

/** Apart from the rounds, because the probe's timer costs CPU. */
async function reportLoop(bench: Bench, parley: System, reader: Reader): Promise<void> {
  const delays: LoopDelay[] = [];
  for (let round = 0; round < bench.effort.rounds; round++) {
    await parley.program.ask("loop:start");
    await reader.read(PER_SECOND * Math.min(3, bench.effort.seconds));
    delays.push((await parley.program.ask("loop:stop")) as LoopDelay);
  }
  const row = { id: "P6", unit: "ms", reference: null };
  bench.report.add({
    ...row,
    what: "lateness of Parley's main loop under that load, p99",
    parley: spreadOf(delays.map(({ p99Ms }) => p99Ms)),
    figure: { of: "value", bound: "atMost", limit: 1 },
  });
  bench.report.add({
    ...row,
    what: "the same, worst",
    parley: spreadOf(delays.map(({ maxMs }) => maxMs)),
    figure: null,
    note: "the worst lateness includes what the machine gave to others",
  });
}

async function readPages(bench: Bench, reader: Reader): Promise<Round> {
  const pages = PER_SECOND * bench.effort.seconds;
  let done: Percentiles = { p50Ms: 0, p99Ms: 0 };
  const window = await measureWindow(reader.program.pid, bench.redis.pid, async () => {
    done = await reader.read(pages);
  });
  return { ...window, ...done, pages };
}

async function overConnections(system: System, chatId: string): Promise<Reader> {
  const talkers: Talker[] = [];
  for (let i = 0; i < CONNECTIONS; i++) {
    talkers.push(await system.connect({ person: 0, how: i === 0 ? "resumed" : "cold", tally: new Tally() }));
  }
  const page = async (talker: Talker): Promise<number> => {
    const startedAt = performance.now();
    await talker.request("message.history", { chatId, limit: NEWEST });
    return performance.now() - startedAt;
  };
  // The first one starts the server's worker thread.
  await page(talkers[0] as Talker);
  return {
    name: system.name,
    program: system.program,
    async read(times) {
      const latencies = await paced(PER_SECOND, times, (index) => page(talkers[index % CONNECTIONS] as Talker));
      return percentilesOf(latencies);
    },
  };
}

function bareLrange(program: Program): Reader {
  return {
    name: "LRANGE",
    program,
    async read(times) {
      const job: LrangeJob = { key: `m:${LOG}`, newest: NEWEST, times, perSecond: PER_SECOND };
      return (await program.ask(job)) as Percentiles;
    },
  };
}

const LOG = "log";

/** A real chat with a few real messages, then copies of the last one up to the wanted length; the same for the reference. */
async function writeLog(bench: Bench): Promise<string> {
  let chatId = "";
  await bench.with([bench.parley()], async (parley) => {
    if (parley === undefined) throw new Error("one server");
    chatId = await parley.direct(0, 1);
    const talker = await parley.connect({ person: 0, how: "resumed", tally: new Tally() });
    for (let i = 0; i < 3; i++) await talker.send(chatId, "x".repeat(100));
  });
  const own = new Redis(bench.redis.url(PARLEY_DATABASE), { protocol: 2 });
  const reference = new Redis(bench.redis.url(REFERENCE_DATABASE), { protocol: 2 });
  const log = `c:{${chatId}}:m`;
  const entry = JSON.parse((await own.lindex(log, -1)) ?? "null") as Record<string, unknown>;
  for (let length = await own.llen(log); length < bench.effort.log; length += COPIED_AT_ONCE) {
    const copies = Array.from({ length: Math.min(COPIED_AT_ONCE, bench.effort.log - length) }, () =>
      JSON.stringify({ ...entry, clientId: newClientId(), sentAt: Date.now() }),
    );
    await Promise.all([own.rpush(log, ...copies), reference.rpush(`m:${LOG}`, ...copies)]);
  }
  await Promise.all([own.quit(), reference.quit()]);
  return chatId;
}
