import type { ChatId, UserId } from "@parley/protocol";
import type { EncodedEvent, Peer } from "./caller.ts";
import type { OrderedStream } from "./ordered-stream.ts";

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
  inbox: LocalInbox | null = null;

  constructor(userId: UserId, gate: Gate) {
    this.userId = userId;
    this.#gate = gate;
  }

  push(event: EncodedEvent): void {
    if (!this.#gate.open) return;
    for (const peer of this.peers) peer.push(event);
  }
}

/** The bucket of the inbox that notices are delivered from. */
export interface LocalInbox {
  readonly month: string;
  readonly readBefore: number;
  readonly notices: OrderedStream;
}
