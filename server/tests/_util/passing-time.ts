import type { DomainNode } from "./domain-node.ts";
import type { MovingClock } from "./moving-clock.ts";
import { turnsUntil } from "./patience.ts";

/**
 * Sets the clock of the nodes forward, and waits for them to have found out what happened meanwhile. A node that waits for
 * an answer of its store while time leaps takes itself for one that cannot know who was revoked, and its devices miss what
 * happens until it knows: so time stands while nodes read that.
 */
export async function passTime(clock: MovingClock, nodes: readonly DomainNode[], ms: number): Promise<void> {
  await settled(nodes);
  clock.forward(ms);
  await settled(nodes);
}

async function settled(nodes: readonly DomainNode[]): Promise<void> {
  await new Promise(setImmediate);
  await turnsUntil(
    () => !nodes.some(({ services, revocationReads }) => services.hub.blind || revocationReads.areGoingOn),
    () => "each node to know who was revoked",
  );
}
