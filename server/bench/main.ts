import { parseArgs } from "node:util";
import { Bench, PARLEY_DATABASE, REFERENCE_DATABASE } from "./bench.ts";
import { type Effort, FULL, QUICK } from "./effort.ts";
import { PAIRED_PEOPLE } from "./load/pairs.ts";
import { preparePeople } from "./parley/prepare.ts";
import { dataFolder } from "./parley/system.ts";
import { chooseCores, pinSelf } from "./process/cores.ts";
import { RedisServer } from "./process/redis.ts";
import { prepareReference } from "./reference/system.ts";
import { Report } from "./report.ts";
import { BUS_PEOPLE, bus } from "./workloads/bus.ts";
import { CALL_PEOPLE, calls } from "./workloads/calls.ts";
import { crowd } from "./workloads/crowd.ts";
import { directMessage } from "./workloads/direct-message.ts";
import { empty } from "./workloads/empty.ts";
import { failover } from "./workloads/failover.ts";
import { fanOut } from "./workloads/fan-out.ts";
import { files } from "./workloads/files.ts";
import { FLOOD_PEOPLE, flood } from "./workloads/flood.ts";
import { history } from "./workloads/history.ts";
import { idle } from "./workloads/idle.ts";
import { retract } from "./workloads/retract.ts";
import { signIn } from "./workloads/sign-in.ts";
import { sizing } from "./workloads/sizing.ts";
import { sync } from "./workloads/sync.ts";
import { WORKERS_PEOPLE, workers } from "./workloads/workers.ts";

/** Workload -> what runs it, how many people it needs, and how many of them sign in with their password. */
interface Workload {
  readonly run: (bench: Bench) => Promise<void>;
  readonly people: (effort: Effort) => number;
  readonly cold: (effort: Effort) => number;
}

const none = () => 0;
const WORKLOADS: Readonly<Record<string, Workload>> = {
  P1: { run: directMessage, people: () => PAIRED_PEOPLE, cold: none },
  P2: { run: fanOut, people: ({ groups }) => Math.max(...groups) + 1, cold: none },
  P4: { run: idle, people: ({ idle: count }) => count, cold: none },
  P5: { run: signIn, people: ({ signIns }) => signIns, cold: ({ signIns }) => signIns },
  P6: { run: history, people: () => 2, cold: () => 1 },
  P7: { run: sync, people: () => 2, cold: () => 1 },
  retract: { run: retract, people: ({ groups }) => Math.max(...groups) + 1, cold: none },
  files: { run: files, people: () => 2, cold: none },
  calls: { run: calls, people: () => CALL_PEOPLE, cold: none },
  bus: { run: bus, people: () => BUS_PEOPLE, cold: none },
  failover: { run: failover, people: none, cold: none },
  flood: { run: flood, people: () => FLOOD_PEOPLE, cold: none },
  P9: { run: empty, people: none, cold: none },
  P10: { run: workers, people: () => WORKERS_PEOPLE, cold: none },
  sizing: { run: sizing, people: none, cold: none },
  P13: { run: crowd, people: ({ crowd: people }) => people, cold: ({ crowd: people }) => people },
};

const HELP = `npm run bench -- [P1 P2 ...] [--quick] [--profile folder]

Measures Parley beside its references and prints JSON lines and a table: ${Object.keys(WORKLOADS).join(", ")}.
  P1 P2       these workloads only; --only P1,P2 says the same
  --quick     few rounds and small numbers, to see that it works
  --profile   writes CPU profiles of the servers there; the figures then include the profiler`;

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      only: { type: "string" },
      quick: { type: "boolean", default: false },
      profile: { type: "string" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return say(HELP);
  const chosen = [...positionals, ...(values.only?.split(",") ?? [])];
  const names = chosen.length === 0 ? Object.keys(WORKLOADS) : chosen;
  const workloads = names.map((name) => {
    const workload = WORKLOADS[name];
    if (workload === undefined) throw new Error(`There is no workload "${name}".\n${HELP}`);
    return { name, ...workload };
  });
  if (process.platform !== "linux") throw new Error("The benchmark reads CPU and memory from /proc: it needs Linux.");
  await run(workloads, values.quick ? QUICK : FULL, values.profile ?? null);
}

async function run(
  workloads: readonly (Workload & { readonly name: string })[],
  effort: Effort,
  profile: string | null,
): Promise<void> {
  const startedAt = performance.now();
  const cores = chooseCores();
  if (cores === null) say("One core only: server and generator share it, so latencies and rates say little.");
  const report = new Report();
  const redis = await RedisServer.start(cores?.generator ?? null);
  const data = await dataFolder();
  try {
    const people = Math.max(...workloads.map((workload) => workload.people(effort)));
    const cold = Math.max(...workloads.map((workload) => workload.cold(effort)));
    say(`Preparing ${people} accounts.`);
    await prepareReference(redis.url(REFERENCE_DATABASE), people);
    const accounts = await preparePeople({ storeUrl: redis.url(PARLEY_DATABASE), data: data.path, people, cold });
    if (cores !== null) pinSelf(cores.generator);
    const bench = new Bench({ effort, report, redis, people: accounts, cores, data: data.path, profile });
    for (const { name, run: work } of workloads) {
      say(name);
      await work(bench);
    }
  } finally {
    await redis.stop();
    await data.remove();
  }
  process.stdout.write(`\n${report.table()}\n`);
  say(`${Math.round((performance.now() - startedAt) / 1000)} s`);
}

/** Progress, beside the results on standard output. */
function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

// Without a handler a signal would end this process alone and leave its servers behind.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));
await main();
