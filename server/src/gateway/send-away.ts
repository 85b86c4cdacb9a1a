import type { Clock } from "@parley/protocol";
import { pause } from "../pause.ts";
import type { Connections } from "./connections.ts";

/** Between two groups: so short that each group is small. */
const STEP_MS = 100;
/** They may come at once: other nodes wait for them, and who comes when is spread already. */
const FAREWELL = { after: 0, spread: 0 };

/**
 * Sends everybody who is here away, so many at a time that the last ones go when the time is over: the nodes that they
 * go to sign them in one after the other. Who comes meanwhile stays to the end.
 */
export async function sendAway(
  connections: Connections,
  { overMs, hurry, clock }: { readonly overMs: number; readonly hurry: AbortSignal; readonly clock: Clock },
): Promise<void> {
  const count = connections.size;
  const steps = Math.max(1, Math.floor(overMs / STEP_MS));
  for (let step = 1, gone = 0; step <= steps; step += 1) {
    const due = Math.ceil((count * step) / steps);
    connections.sendAway(due - gone, FAREWELL);
    gone = due;
    if (step < steps) await pause(STEP_MS, hurry, clock);
    if (hurry.aborted) return;
  }
}
