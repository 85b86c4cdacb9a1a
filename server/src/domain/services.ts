import type { Clock, Random } from "@parley/protocol";
import type { Bus } from "../bus/bus.ts";
import type { Peer, Session } from "../live/caller.ts";
import type { Log } from "../log.ts";
import type { Kv } from "../store/kv.ts";

export interface ServiceDeps {
  readonly store: Kv;
  /** How workers open the store; sent to them by structured clone. */
  readonly workerStore: unknown;
  /** Absent: this node is alone. Not closed by `dispose`. */
  readonly bus?: Bus;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly config: {
    readonly name: string;
    readonly version: string;
    readonly registration: "open" | "closed";
    /** Threads that assemble pages. */
    readonly workersPool: number;
    /** Messages of each chat in `sync.pull` unless the client says. */
    readonly newest: number;
  };
  readonly deploymentSecret: Uint8Array;
  /** Unique to this life of the process: a node that restarts has another one. */
  readonly nodeId: string;
  readonly epoch: EpochSource;
}

/** Which life of the store this is; whoever watches the store's connection raises it. */
export interface EpochSource {
  current(): string;
  /** The answer ends the subscription. */
  onChange(listener: (epoch: string) => void): () => void;
}

export interface Services {
  readonly sessions: {
    /** For resumption by ticket: null when the session was revoked or has expired. Extends it like any use. */
    byId(sessionId: string): Promise<Session | null>;
  };
  readonly live: {
    /** After `signIn`: events reach the peer from now on. */
    attach(peer: Peer): void;
    detach(peer: Peer): void;
  };
  /** Idempotent. Lets started deeds end; peers are closed by the gateway before. */
  dispose(): Promise<void>;
}

/** Replays unfinished deeds of an earlier life, then serves. */
export async function createServices(_deps: ServiceDeps): Promise<Services> {
  throw new Error("being written");
}
