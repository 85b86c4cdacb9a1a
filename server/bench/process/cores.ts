import { execFileSync } from "node:child_process";
import { availableParallelism } from "node:os";
import { NURSERY_MB } from "../../src/heap.ts";

/** The server alone on one core, everything else on another: so one's load does not show in the other's time. */
export interface Cores {
  readonly server: number;
  readonly generator: number;
}

/** Null where there is one core only; the report says so. */
export function chooseCores(): Cores | null {
  return availableParallelism() < 2 ? null : { server: 0, generator: 1 };
}

/** This process with all its threads. */
export function pinSelf(core: number | string): void {
  execFileSync("taskset", ["-a", "-p", "-c", String(core), String(process.pid)], { stdio: "ignore" });
}

/** Wherever the system likes, whatever this process is bound to. */
export const ANY_CORE = `0-${availableParallelism() - 1}`;

/** The command line that runs `command` on one core, or on a list of them. */
export function pinned(core: number | string | null, command: readonly string[]): readonly string[] {
  return core === null ? command : ["taskset", "-c", String(core), ...command];
}

/** As the `parley` command starts a server: room for a nursery and, on one core, a collector without threads of its own. */
export function nodeArgsOn(core: number | string | null): readonly string[] {
  const nursery = `--max-semi-space-size=${NURSERY_MB}`;
  return typeof core === "number" ? [nursery, "--single-threaded-gc"] : [nursery];
}
