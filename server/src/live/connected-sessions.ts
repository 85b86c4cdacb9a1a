import type { Clock } from "@parley/protocol";
import type { EncodedEvent, Peer, Session } from "./caller.ts";

/** A connection that stays is a use of its session, which would run out otherwise; once in this time is enough. */
const TOUCH_MS = 12 * 3600_000;
/** Of one round, so that a node that is full does not write for everybody at once. */
const TOUCHED_AT_ONCE = 500;

/** Connections of one session here: more tabs than anybody opens, fewer than would be felt. */
const PEERS_MAX = 64;

interface Used {
  readonly peers: Set<Peer>;
  touchedAt: number;
}

/** The sessions whose devices are connected to this node. */
export class ConnectedSessions {
  readonly #clock: Clock;
  readonly #used = new Map<string, Used>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** False: the session has as many connections as it may. */
  add({ sessionId }: Session, peer: Peer): boolean {
    const used = this.#used.get(sessionId) ?? { peers: new Set(), touchedAt: this.#clock.now() };
    if (used.peers.size >= PEERS_MAX) return false;
    used.peers.add(peer);
    this.#used.set(sessionId, used);
    return true;
  }

  /** True when it was the session's last connection. */
  remove({ sessionId }: Session, peer: Peer): boolean {
    const used = this.#used.get(sessionId);
    if (used === undefined || !used.peers.delete(peer) || used.peers.size > 0) return false;
    return this.#used.delete(sessionId);
  }

  /** `goodbye` is the last thing that their connections hear. */
  close(sessionIds: readonly string[], goodbye: EncodedEvent): void {
    for (const sessionId of sessionIds) {
      for (const peer of [...(this.#used.get(sessionId)?.peers ?? [])]) {
        peer.push(goodbye);
        peer.close("session_revoked");
      }
    }
  }

  /** Lets the sessions live on that were not touched for long, and closes those that have ended. */
  async touch(isAlive: (sessionId: string) => Promise<boolean>, goodbye: EncodedEvent): Promise<void> {
    const now = this.#clock.now();
    const due = [...this.#used].filter(([, { touchedAt }]) => now - touchedAt >= TOUCH_MS).slice(0, TOUCHED_AT_ONCE);
    await Promise.all(
      due.map(async ([sessionId, used]) => {
        used.touchedAt = now;
        if (!(await isAlive(sessionId))) this.close([sessionId], goodbye);
      }),
    );
  }
}
