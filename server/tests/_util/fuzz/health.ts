import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import type { SpawnedServer } from "../node.ts";

/** Of pino: "error" and worse. */
const ERROR_LEVEL = 50;
/** What Node prints of an error that nobody caught, or that it wants to be seen. */
const UNCAUGHT = /unhandled|uncaught|UnhandledPromise|^\s+at .+:\d+:\d+\)?$|Warning:/im;

/** Whatever it was told, the server has found no fault of its own. */
export function assertUnharmed(server: SpawnedServer): void {
  const lines = server.output().split("\n");
  const errors = lines.filter((line) => line.startsWith("{") && levelOf(line) >= ERROR_LEVEL);
  assert.deepEqual(errors, []);
  const stray = lines.filter((line) => !line.startsWith("{")).join("\n");
  assert.doesNotMatch(stray, UNCAUGHT);
}

function levelOf(line: string): number {
  return (JSON.parse(line) as { level: number }).level;
}

/** What a process holds in memory. */
export function residentBytes(pid: number): number {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "latin1")) ?? [];
  assert.ok(kilobytes !== undefined);
  return Number(kilobytes) * 1024;
}
