import { execFileSync } from "node:child_process";

/** Who comes before whom, among those that come first. */
const RANKS = { store: 1, onlooker: 2 } as const;

/**
 * Lets a process come before everything ordinary on its core, at once and not when whoever runs there has used up a slice of
 * some milliseconds: in place of a machine of its own. It is the process's first thread alone: helpers that compile and
 * collect wait like anybody else. Only root may; answers whether it was done.
 */
export function comeFirst(pid: number, as: keyof typeof RANKS): boolean {
  return schedule(pid, "--fifo", RANKS[as]);
}

/** As it was. */
export function comeAsOthers(pid: number): void {
  schedule(pid, "--other", 0);
}

function schedule(pid: number, policy: string, priority: number): boolean {
  try {
    execFileSync("chrt", [policy, "--pid", String(priority), String(pid)], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
