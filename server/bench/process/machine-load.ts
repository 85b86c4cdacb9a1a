import { readFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";

/** In ticks of the kernel, over all cores. */
interface Reading {
  readonly all: number;
  /** With what the host takes away. */
  readonly busy: number;
  /** Of this process, and of all that it started and that have ended. */
  readonly own: number;
}

/** What others do on this machine from a moment on: whatever of it was busy and not with this process and its programs. */
export class MachineLoad {
  readonly #before = read();

  /** From 0 to 1, of all cores. Right when the programs of this process have ended. */
  others(): number {
    const now = read();
    const passed = now.all - this.#before.all;
    if (passed === 0) return 0;
    return Math.max(0, now.busy - this.#before.busy - (now.own - this.#before.own)) / passed;
  }

  static async over(ms: number): Promise<number> {
    const load = new MachineLoad();
    await wait(ms);
    return load.others();
  }
}

/**
 * `/proc/stat`: user, nice, system, idle, iowait, irq, softirq, steal; guest times are in user already. `/proc/self/stat`,
 * fields 14 to 17: utime and stime, and those of children that were waited for.
 */
function read(): Reading {
  const [first = ""] = readFileSync("/proc/stat", "latin1").split("\n");
  const times = first.trim().split(/\s+/).slice(1, 9).map(Number);
  const all = sum(times);
  const stat = readFileSync("/proc/self/stat", "latin1");
  const own = stat
    .slice(stat.lastIndexOf(")") + 2)
    .split(" ")
    .slice(11, 15)
    .map(Number);
  return { all, busy: all - (times[3] ?? 0) - (times[4] ?? 0), own: sum(own) };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
