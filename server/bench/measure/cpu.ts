import { readdirSync, readFileSync } from "node:fs";

/** The kernel counts in hundredths of a second towards user space (USER_HZ), on every Linux. */
const NS_PER_TICK = 10_000_000;
/** Two readings of two counters of ticks can differ by this much without anything amiss. */
const TICKS_APART = 3;

/** CPU that one process has used since it started, user and system, as the operating system accounts for it. */
export interface CpuReading {
  /** Of the threads that live now, to the nanosecond. */
  readonly threadsNs: number;
  /** Of the whole process, ended threads included, to 10 ms. */
  readonly processNs: number;
  /** Of the main thread alone. */
  readonly mainNs: number;
}

export interface CpuUsed {
  readonly totalNs: number;
  readonly mainNs: number;
}

export function readCpu(pid: number): CpuReading {
  let threadsNs = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) threadsNs += threadNs(pid, thread);
  return { threadsNs, processNs: processNs(pid), mainNs: threadNs(pid, String(pid)) };
}

/** To the nanosecond, unless a thread ended between the readings and took its own account along. */
export function cpuBetween(before: CpuReading, after: CpuReading): CpuUsed {
  const threadsNs = after.threadsNs - before.threadsNs;
  const wholeNs = after.processNs - before.processNs;
  const exact = Math.abs(wholeNs - threadsNs) <= TICKS_APART * NS_PER_TICK;
  return { totalNs: exact ? threadsNs : wholeNs, mainNs: after.mainNs - before.mainNs };
}

/** Of several processes together. */
export function cpuOfAll(used: readonly CpuUsed[]): CpuUsed {
  const sum = (of: (one: CpuUsed) => number) => used.reduce((total, one) => total + of(one), 0);
  return { totalNs: sum(({ totalNs }) => totalNs), mainNs: sum(({ mainNs }) => mainNs) };
}

/** `schedstat`: time on a CPU in ns, time waiting for one, times scheduled. */
function threadNs(pid: number, thread: string): number {
  try {
    return Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "latin1").split(" ")[0]);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT" || (error as NodeJS.ErrnoException).code === "ESRCH")
      return 0;
    throw error;
  }
}

/** `stat`, fields 14 and 15: utime and stime. The name in field 2 may hold spaces, so they count from its end. */
function processNs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * NS_PER_TICK;
}
