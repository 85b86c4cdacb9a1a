import { setTimeout as wait } from "node:timers/promises";
import type { Bench } from "../bench.ts";
import { residentBytes } from "../measure/memory.ts";
import { compare, interleaved } from "../measure/rounds.ts";
import { dataFolder, ParleySystem } from "../parley/system.ts";
import type { Program } from "../process/program.ts";

/** P9: the server with nobody in it, on its embedded defaults. */
const SETTLE_MS = 1_000;

interface Started {
  readonly readyAfterMs: number;
  readonly residentMb: number;
}

export async function empty(bench: Bench): Promise<void> {
  const data = await dataFolder();
  const core = bench.cores?.server ?? null;
  const parley = async () => (await ParleySystem.start({ storeUrl: "", core, people: [], data: data.path })).program;
  const reference = async () => (await bench.reference()).program;
  try {
    const results = await interleaved(bench.effort.rounds, [parley, reference], started);
    const [own = [], bare = []] = results.values();
    const row = { id: "P9", note: "embedded store; Parley's first start, which makes its keys, is the dropped round" };
    bench.report.add({
      ...row,
      what: "empty server, ready after",
      unit: "ms",
      ...compare(own, bare, "ws+GCM", ({ readyAfterMs }) => readyAfterMs),
      figure: { of: "value", bound: "atMost", limit: 2_000 },
    });
    bench.report.add({
      ...row,
      what: "empty server, resident",
      unit: "MB",
      ...compare(own, bare, "ws+GCM", ({ residentMb }) => residentMb),
      figure: { of: "value", bound: "atMost", limit: 90 },
    });
  } finally {
    await data.remove();
  }
}

async function started(start: () => Promise<Program>): Promise<Started> {
  const program = await start();
  await wait(SETTLE_MS);
  const residentMb = residentBytes(program.pid) / 1024 / 1024;
  await program.stop();
  return { readyAfterMs: program.readyAfterMs, residentMb };
}
