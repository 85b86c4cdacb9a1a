import { execFileSync } from "node:child_process";
import { cpus, totalmem } from "node:os";
import { fileURLToPath } from "node:url";
import type { Machine, Provenance } from "./recorded.ts";

const ROOT = fileURLToPath(new URL("../../../../", import.meta.url));
/** What the figures depend on. */
const MEASURED = ["server/src", "server/bench", "protocol/src", "pnpm-lock.yaml"];
/** What a server runs. The benchmarks may change without its figures being those of another one. */
const SERVED = ["server/src", "protocol/src", "pnpm-lock.yaml"];

/** Where, when and of what. Throws while something is not committed: nobody could measure it again. */
export function provenance(rounds: number, now: Date): Omit<Provenance, "others"> {
  const changed = git("status", "--porcelain", "--", ...MEASURED);
  if (changed !== "") throw new Error(`Commit first, what is recorded has to be found again:\n${changed}`);
  const commit = git("log", "-1", "--format=%H", "--", ...SERVED).slice(0, 12);
  return { date: now.toISOString().slice(0, 10), commit, machine: machine(), rounds };
}

/** In words that tell what it can do, and not whose it is. */
function machine(): Machine {
  const redis = execFileSync("redis-server", ["--version"], { encoding: "utf8" });
  return {
    processor: cpus()[0]?.model.trim() || "unknown",
    cores: cpus().length,
    memoryGiB: Math.max(1, Math.round(totalmem() / 1024 ** 3)),
    node: process.versions.node,
    redis: /v=(\S+)/.exec(redis)?.[1] ?? "unknown",
  };
}

function git(...args: string[]): string {
  return execFileSync("git", args, { cwd: ROOT, encoding: "utf8" }).trim();
}
