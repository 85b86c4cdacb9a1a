import type { Clock, Random } from "@parley/protocol";
import type { Bus } from "../bus/bus.ts";
import type { NodeStanding } from "../live/node-standing.ts";
import type { Log } from "../log.ts";
import type { MailQueue } from "../mail/mail-queue.ts";
import type { Digests } from "../objects/digests/digests.ts";
import type { Objects } from "../objects/objects.ts";
import type { Kv } from "../store/kv.ts";
import type { Pages } from "../timelines/jobs.ts";
import type { HashPassword } from "./accounts/password-hash.ts";
import type { AccountRules } from "./accounts/rules.ts";
import type { Relays } from "./calls/ice.ts";

export interface ServiceDeps {
  readonly store: Kv;
  /** How workers open the store; sent to them by structured clone. */
  readonly workerStore: { readonly location: string; readonly replica?: string | undefined };
  /** Absent: this node is alone. Not closed by `dispose`. */
  readonly bus?: Bus;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Absent: the server sends no mail. Not closed by `dispose`. */
  readonly mail?: MailQueue | null;
  readonly config: AccountRules & {
    readonly name: string;
    readonly version: string;
    /** Threads that assemble pages. */
    readonly workersPool: number;
    /** Messages of each chat in `sync.pull` unless the client says. */
    readonly newest: number;
    /** Seconds in which people may retract or edit what they wrote. */
    readonly retractWindow: number;
    /** Bytes of the largest file. */
    readonly fileMax: number;
    /** Bytes of files that each person may keep. */
    readonly fileQuota: number;
    /** Days for which files are kept after the newest message that has them; 0: for ever. */
    readonly fileRetention: number;
    readonly lobby: "off" | "on";
    readonly lobbyName: string;
  };
  /** Where the bytes of files are. Not closed by `dispose`. */
  readonly objects: Objects;
  /** Absent: the store vouches for what it holds. Not closed by `dispose`. */
  readonly digests?: Pick<Digests, "sha256"> | null;
  readonly deploymentSecret: Uint8Array;
  /** Unique to this life of the process: a node that restarts has another one. */
  readonly nodeId: string;
  /** What this node tells of itself to whoever looks for one; absent: nobody is sent here. */
  readonly standing?: () => Omit<NodeStanding, "draining">;
  readonly epoch: EpochSource;
  /** Relays of calls; null or absent: none is set up. */
  readonly relays?: Relays | null;
  /** In place of the worker pool: a simulation has one thread and its own time. Disposed of by `dispose`. */
  readonly pages?: Pages;
  /** In place of argon2id, whose work takes real time. */
  readonly hashPassword?: HashPassword;
}

/** Which life of the store this is; whoever watches the store's connection raises it. */
export interface EpochSource {
  current(): string;
  /** The answer ends the subscription. */
  onChange(listener: (epoch: string) => void): () => void;
}
