import { setTimeout as wait } from "node:timers/promises";
import type { Bench } from "../bench.ts";
import { abreast } from "../load/paced.ts";
import type { System } from "../load/system.ts";
import { Tally } from "../load/tally.ts";
import { cpuBetween, readCpu } from "../measure/cpu.ts";
import { residentBytes } from "../measure/memory.ts";
import { compare } from "../measure/rounds.ts";

/** P4: signed-in connections that only answer heartbeats. */
const CONNECT_ABREAST = 32;
/** A server that has just started or just taken on everybody still tidies up. */
const SETTLE_MS = 3_000;

interface Idle {
  readonly bytesEach: number;
  readonly cpuUsEach: number;
  readonly overEmptyUsEach: number;
}

export async function idle(bench: Bench): Promise<void> {
  const { idle: count, idleSeconds } = bench.effort;
  await bench.with<System>([bench.parley(), bench.reference()], async (...systems) => {
    await wait(SETTLE_MS);
    const empty = await watch(systems, Math.min(5, idleSeconds));
    const memoryBefore = systems.map(({ program }) => residentBytes(program.pid));
    const people = Array.from({ length: count }, (_, person) => person);
    const talkers = [];
    for (const system of systems) {
      const connect = (person: number) => system.connect({ person, how: "resumed", tally: new Tally() });
      talkers.push(...(await abreast(people, CONNECT_ABREAST, connect)));
    }
    await wait(SETTLE_MS);
    const full = await watch(systems, idleSeconds);
    const lost = talkers.find((talker) => talker.closed !== null);
    if (lost !== undefined) throw new Error(`an idle connection was lost: ${lost.closed}`);

    const [parley, reference] = systems.map(({ program }, index): Idle => {
      const cpuUsEach = (full[index] ?? 0) / count;
      return {
        bytesEach: (residentBytes(program.pid) - (memoryBefore[index] ?? 0)) / count,
        cpuUsEach,
        overEmptyUsEach: cpuUsEach - (empty[index] ?? 0) / count,
      };
    }) as [Idle, Idle];
    const row = (what: string, unit: string, value: (idle: Idle) => number) => ({
      id: "P4",
      what: `${count} idle connections, ${what}`,
      unit,
      ...compare([parley], [reference], "ws+GCM", value),
      note: `watched for ${idleSeconds} s with ${talkers.length / systems.length} connections, all of which stayed`,
    });
    bench.report.add({
      ...row("resident each over the empty server", "KB", ({ bytesEach }) => bytesEach / 1024),
      figure: { of: "value", bound: "atMost", limit: 20 },
    });
    bench.report.add({
      ...row("CPU each and second", "µs", ({ cpuUsEach }) => cpuUsEach),
      figure: { of: "value", bound: "atMost", limit: 10 },
    });
    bench.report.add({
      ...row("the same over the empty server", "µs", ({ overEmptyUsEach }) => overEmptyUsEach),
      figure: null,
    });
  });
}

/** CPU of each server in µs a second; all of them are watched at the same time. */
async function watch(systems: readonly System[], seconds: number): Promise<number[]> {
  const before = systems.map(({ program }) => readCpu(program.pid));
  const startedAt = performance.now();
  await wait(seconds * 1000);
  const elapsedSeconds = (performance.now() - startedAt) / 1000;
  return systems.map(({ program }, index) => {
    const start = before[index];
    if (start === undefined) throw new Error("no reading");
    return cpuBetween(start, readCpu(program.pid)).totalNs / 1000 / elapsedSeconds;
  });
}
