import { newUuid } from "../../src/domain/ids.ts";
import { systemRandom } from "../../src/platform.ts";

/** A clientId as clients make it. */
export function uuidv7(nowMs = Date.now()): string {
  return newUuid(nowMs, systemRandom);
}
