import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";

const fileOf = (path: string, pid: number) => join(path, `guest-${pid}`);

/**
 * Who only reads says so by a file, so that a server may start beside it. Answers what takes it back. A guest that was
 * killed leaves its file, which means nothing once its process has gone.
 */
export async function enterAsGuest(path: string): Promise<() => Promise<void>> {
  mkdirSync(path, { recursive: true });
  writeFileSync(fileOf(path, process.pid), "");
  return () => rm(fileOf(path, process.pid), { force: true });
}

/** Those of the processes that serve. This one is about to, whoever had its number before. */
export function withoutGuests(path: string, pids: readonly number[]): number[] {
  rmSync(fileOf(path, process.pid), { force: true });
  return pids.filter((pid) => !existsSync(fileOf(path, pid)));
}
