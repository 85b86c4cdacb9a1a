import type { ChatId, DeviceId, UserId } from "@parley/protocol";
import { metrics } from "../metrics.ts";
import type { EncodedEvent, Peer } from "./caller.ts";
import type { InboxFeed } from "./inbox-feed.ts";

/** Closed while nobody may be served. One for all users of the node. */
export interface Gate {
  open: boolean;
}

/** A user with at least one connection to this node. */
export class LocalUser {
  readonly userId: UserId;
  readonly #gate: Gate;
  readonly peers = new Set<Peer>();
  /** The chats that the user's peers hear of. */
  readonly chats = new Set<ChatId>();
  /** Resolves when everything that happens from then on reaches the peers; null: has to be loaded. */
  ready: Promise<void> | null = null;
  inbox: InboxFeed | null = null;
  /** Takes seats in chats that are new to the user, one after the other. */
  joining: Promise<void> = Promise.resolve();
  /** Those of them that failed, and since which entry: no more than the user has chats. */
  readonly unseated = new Map<ChatId, number>();

  constructor(userId: UserId, gate: Gate) {
    this.userId = userId;
    this.#gate = gate;
  }

  push(event: EncodedEvent): void {
    if (!this.#gate.open) return;
    metrics.eventsDelivered.value += this.peers.size;
    for (const peer of this.peers) peer.push(event);
  }

  pushToDevice(deviceId: DeviceId, event: EncodedEvent): void {
    if (!this.#gate.open) return;
    for (const peer of this.peers) {
      if (peer.session?.deviceId !== deviceId) continue;
      metrics.eventsDelivered.value += 1;
      peer.push(event);
    }
  }
}
