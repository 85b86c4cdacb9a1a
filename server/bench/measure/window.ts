import { type CpuUsed, cpuBetween, cpuOfAll, readCpu } from "./cpu.ts";
import { residentBytes } from "./memory.ts";

/** What a piece of work cost, and whom. */
export interface Window {
  readonly wallMs: number;
  readonly server: CpuUsed;
  readonly redisNs: number;
  /** Of the server's processes together, when the work was done; code that they share counts for each. */
  readonly residentBytes: number;
  /** Share of its core that this process, which makes the load, was busy. */
  readonly generatorBusy: number;
}

/** Runs `work`, which returns when the server has answered everything, and reads the accounts around it. */
export async function measureWindow(
  serverPids: number | readonly number[],
  redisPid: number,
  work: () => Promise<void>,
): Promise<Window> {
  const servers = [serverPids].flat();
  const before = servers.map(readCpu);
  const redis = readCpu(redisPid);
  const own = process.cpuUsage();
  const startedAt = performance.now();
  await work();
  const wallMs = performance.now() - startedAt;
  const { user, system } = process.cpuUsage(own);
  return {
    wallMs,
    server: cpuOfAll(before.map((reading, at) => cpuBetween(reading, readCpu(servers[at] as number)))),
    redisNs: cpuBetween(redis, readCpu(redisPid)).totalNs,
    residentBytes: servers.reduce((sum, pid) => sum + residentBytes(pid), 0),
    generatorBusy: (user + system) / 1000 / wallMs,
  };
}
