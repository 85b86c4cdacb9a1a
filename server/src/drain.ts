import type { Clock } from "@parley/protocol";
import type { Gateway } from "./gateway/gateway.ts";
import { BEAT_MS, type NodeRegistry } from "./live/node-registry.ts";
import type { Log } from "./log.ts";
import { pause } from "./pause.ts";

export interface DrainParts {
  readonly gateway: Pick<Gateway, "leave" | "sendAway">;
  readonly nodes: Pick<NodeRegistry, "drain" | "hasFellows">;
  readonly overMs: number;
  readonly hurry: AbortSignal;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * A node goes without anybody noticing: first nobody is sent here any more, then those who are here go, one after the
 * other, to where they are served already. A node that is alone is the sooner back the sooner it goes.
 */
export async function drain({ gateway, nodes, overMs, hurry, clock, log }: DrainParts): Promise<void> {
  gateway.leave();
  try {
    await nodes.drain();
  } catch (error) {
    // Its lease ends by itself.
    log.warn("the other nodes were not told that this one drains", { error });
  }
  if (overMs === 0 || !nodes.hasFellows) return;
  // By then all others know, and a proxy has looked.
  const toldMs = Math.min(BEAT_MS, overMs);
  await pause(toldMs, hurry, clock);
  await gateway.sendAway(overMs - toldMs, hurry);
}
