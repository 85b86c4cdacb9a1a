import { parseArgs } from "node:util";
import { Bench, PARLEY_DATABASE, REFERENCE_DATABASE } from "./bench.ts";
import { type Effort, FULL, LONG, QUICK } from "./effort.ts";
import { preparePeople } from "./parley/prepare.ts";
import { dataFolder } from "./parley/system.ts";
import { type Cores, chooseCores, pinSelf } from "./process/cores.ts";
import { RedisServer } from "./process/redis.ts";
import { prepareReference } from "./reference/system.ts";
import { Report } from "./report.ts";
import { guard } from "./results/guarding.ts";
import { Recording } from "./results/recording.ts";
import { chooseWorkloads, type Named, WORKLOADS } from "./workloads.ts";

const HELP = `npm run bench -- [P1 P2 ...] [--quick] [--record | --guard] [--profile folder]

Measures Parley beside its references and prints JSON lines and a table: ${Object.keys(WORKLOADS).join(", ")}.
  P1 P2       these workloads only; --only P1,P2 says the same
  --quick     few rounds and small numbers, to see that it works
  --long      P4 with 10,000 connections for 10 minutes (a quarter of an hour in all; \`ulimit -n 20000\` first)
  --record    keeps what it measures in docs/benchmarks, in place of what is there of these workloads; on a quiet machine only
  --guard     holds the ratios against those recorded, and fails if one is worse; without names: all that are recorded
  --profile   writes CPU profiles of the servers there; the figures then include the profiler`;

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      only: { type: "string" },
      quick: { type: "boolean", default: false },
      long: { type: "boolean", default: false },
      record: { type: "boolean", default: false },
      guard: { type: "boolean", default: false },
      profile: { type: "string" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return say(HELP);
  const names = [...positionals, ...(values.only?.split(",") ?? [])];
  const { record, quick, long, profile = null } = values;
  if (process.platform !== "linux") throw new Error("The benchmark reads CPU and memory from /proc: it needs Linux.");
  if (record && values.guard) throw new Error("--record would make what --guard compares with.");
  if ((record || values.guard) && (quick || long || profile !== null)) {
    throw new Error("What is recorded or compared is measured in full, each time alike, and without a profiler.");
  }
  if (quick && long) throw new Error("Either --quick or --long.");
  const effort = quick ? QUICK : long ? LONG : FULL;
  // Once: a run binds this process to one of them, and a second one would see only that.
  const cores = chooseCores();
  if (cores === null) say("One core only: server and generator share it, so latencies and rates say little.");
  const measure = (workloads: readonly Named[]) => run(workloads, { effort, profile, cores });
  if (values.guard) {
    if (!(await guard(names, measure, say))) process.exitCode = 1;
    return;
  }
  const recording = record ? await Recording.begin(FULL.rounds) : null;
  const workloads = chooseWorkloads(names);
  const report = await measure(workloads);
  recording?.end(workloads, report, say);
}

async function run(
  workloads: readonly Named[],
  {
    effort,
    profile,
    cores,
  }: { readonly effort: Effort; readonly profile: string | null; readonly cores: Cores | null },
): Promise<Report> {
  const startedAt = performance.now();
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
  return report;
}

/** Progress, beside the results on standard output. */
function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

// Without a handler a signal would end this process alone and leave its servers behind.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));
await main();
