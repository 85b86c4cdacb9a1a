import { mkdtempSync, rmSync, statfsSync } from "node:fs";
import { join } from "node:path";

/** Where Linux keeps files in memory. */
const MEMORY = "/dev/shm";
/** More than all tests that run at once keep there. */
const ROOM_BYTES = 4 * 1024 ** 3;
/** A browser that was ended writes a moment longer; what it leaves then is no failure of a test. */
const LAST_WRITES = { maxRetries: 10, retryDelay: 200 };

/**
 * A folder for what tests write, in memory where there is room: they kill processes, never the machine, so what a disk
 * would have kept is there all the same, and nobody waits for a disk. Undefined: the usual one. `remove` takes it away.
 */
export function testFolder() {
  try {
    const { bavail, bsize } = statfsSync(MEMORY);
    if (bavail * bsize < ROOM_BYTES) return undefined;
    const path = mkdtempSync(join(MEMORY, "parley-tests-"));
    return { path, remove: () => remove(path) };
  } catch {
    return undefined;
  }
}

function remove(path) {
  try {
    rmSync(path, { recursive: true, force: true, ...LAST_WRITES });
  } catch (error) {
    process.stderr.write(`${path} stays: ${error.message}\n`);
  }
}
