import { setTimeout as wait } from "node:timers/promises";
import type { Bench } from "../bench.ts";
import { abreast } from "../load/paced.ts";
import type { System } from "../load/system.ts";
import type { Talker } from "../load/talker.ts";
import { Tally } from "../load/tally.ts";
import { cpuBetween, readCpu } from "../measure/cpu.ts";
import { residentBytes } from "../measure/memory.ts";
import { compare } from "../measure/rounds.ts";
import { PROBE } from "../process/program.ts";

/** P4: signed-in connections that only answer heartbeats. */
const CONNECT_ABREAST = 32;
/** A server that has just started or just taken on everybody still tidies up. */
const SETTLE_MS = 3_000;
/**
 * Connections that come and go before anything is read. What a process needs once to serve anybody (compiled code,
 * the nursery) is no part of what the next connection costs, and a thousand connections are too few to hide it.
 */
const WARM_UP = 200;

interface Idle {
  readonly bytesEach: number;
  /** Over the server that nobody had ever connected to, garbage included. */
  readonly rawBytesEach: number;
  readonly cpuUsEach: number;
  readonly overEmptyUsEach: number;
}

export async function idle(bench: Bench): Promise<void> {
  const { idle: count, idleReference, idleSeconds } = bench.effort;
  const counts = [count, idleReference] as const;
  const nodeArgs = ["--import", PROBE];
  await bench.with<System>([bench.parley(nodeArgs), bench.reference({ nodeArgs })], async (...systems) => {
    await wait(SETTLE_MS);
    const untouched = systems.map(({ program }) => residentBytes(program.pid));
    for (const system of systems) for (const talker of await connect(system, Math.min(WARM_UP, count))) talker.close();
    await wait(SETTLE_MS);
    const emptyUs = await watch(systems, Math.min(5, idleSeconds));
    const before = await settledBytes(systems);
    const talkers: Talker[] = [];
    for (const [at, system] of systems.entries()) talkers.push(...(await connect(system, counts[at] ?? 0)));
    await wait(SETTLE_MS);
    const fullUs = await watch(systems, idleSeconds);
    const raw = systems.map(({ program }) => residentBytes(program.pid));
    const after = await settledBytes(systems);
    const lost = talkers.find((talker) => talker.closed !== null);
    if (lost !== undefined) throw new Error(`an idle connection was lost: ${lost.closed}`);

    const [parley, reference] = counts.map((here, at): Idle => {
      const cpuUsEach = (fullUs[at] ?? 0) / here;
      return {
        bytesEach: ((after[at] ?? 0) - (before[at] ?? 0)) / here,
        rawBytesEach: ((raw[at] ?? 0) - (untouched[at] ?? 0)) / here,
        cpuUsEach,
        overEmptyUsEach: cpuUsEach - (emptyUs[at] ?? 0) / here,
      };
    }) as [Idle, Idle];
    const row = (what: string, unit: string, value: (idle: Idle) => number) => ({
      id: "P4",
      what: `${count} idle connections, ${what}`,
      unit,
      ...compare([parley], [reference], "ws+GCM", value),
      note:
        `watched for ${idleSeconds} s, all connections stayed. Resident: after a collection, over the same server after ` +
        `${WARM_UP} connections had come and gone; as is: without either`,
    });
    bench.report.add({
      ...row("resident each over the empty server", "KB", ({ bytesEach }) => bytesEach / 1024),
      figure: { of: "value", bound: "atMost", limit: 20 },
    });
    bench.report.add({
      ...row("resident each over the untouched server, as is", "KB", ({ rawBytesEach }) => rawBytesEach / 1024),
      figure: null,
    });
    bench.report.add({
      ...row("CPU each and second", "µs", ({ cpuUsEach }) => cpuUsEach),
      figure: { of: "value", bound: "atMost", limit: 10 },
    });
    bench.report.add({
      ...row("the same over the empty server", "µs", ({ overEmptyUsEach }) => overEmptyUsEach),
      figure: null,
      unguarded: "a difference of two small numbers",
    });
  });
}

function connect(system: System, count: number): Promise<Talker[]> {
  const people = Array.from({ length: count }, (_, person) => person);
  return abreast(people, CONNECT_ABREAST, (person) => system.connect({ person, how: "resumed", tally: new Tally() }));
}

/** What each process holds once its garbage is gone. */
async function settledBytes(systems: readonly System[]): Promise<number[]> {
  for (const { program } of systems) await program.ask("collect");
  await wait(SETTLE_MS);
  return systems.map(({ program }) => residentBytes(program.pid));
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
