import assert from "node:assert/strict";
import { residentBytes } from "../../../bench/measure/memory.ts";
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

/** An empty server has some 90 MB; one that keeps what it was sent has more with each round. */
const RESIDENT_MAX_BYTES = 400 * 1024 ** 2;

export function assertLean({ pid }: SpawnedServer, maxBytes = RESIDENT_MAX_BYTES): void {
  const resident = residentBytes(pid);
  assert.ok(resident < maxBytes, `${resident} bytes`);
}
