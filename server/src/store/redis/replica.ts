import type { Clock } from "@parley/protocol";
import { Command, type Redis } from "ioredis";
import { inTime } from "../../in-time.ts";
import type { ReplicaOutcome } from "../../metrics.ts";
import { type Kv, StoreUnavailable } from "../kv.ts";
import { type Client, createClient } from "./client.ts";
import { asStoreError } from "./errors.ts";
import type { Line, Send } from "./link.ts";
import { covers, type Position, positionOf } from "./position.ts";
import { ReplicaKv } from "./replica-kv.ts";
import type { RedisLocation } from "./url.ts";

export type ReplicaRead<T> =
  | { readonly outcome: "used"; readonly value: T }
  | { readonly outcome: Exclude<ReplicaOutcome, "used"> };

/** A page takes some milliseconds. Who waits longer for a replica would have had it from the primary long ago. */
const PATIENCE_MS = 250;
/** A replica that hangs is asked again so often, and by nobody who waits for it. */
const LOOK_AGAIN_MS = 1_000;

const AWAY = { outcome: "away" } as const;
const BEHIND = { outcome: "behind" } as const;

/**
 * A replica of the store. It is read only when it proves that it has everything that the primary had answered when the
 * read began, so nobody can tell its answers from the primary's: what they wrote, or were shown, is there, and what was
 * retracted is not. The proof is the offset in the primary's stream of writes, asked of both.
 */
export class Replica {
  readonly #client: Redis;
  readonly #clock: Clock;
  readonly #primary: () => Promise<Position | null>;
  /** Connections so far. Behind another one may be another server, or the same with less. */
  #connection = 0;
  #hangs = false;
  #lookAgainAt = 0;

  /** `primary` answers where the primary is. */
  constructor(location: RedisLocation, clock: Clock, primary: () => Promise<Position | null>) {
    this.#client = createClient(location, "slave") as Redis;
    this.#clock = clock;
    this.#primary = primary;
    this.#client.on("close", () => {
      this.#connection += 1;
    });
    // It connects again by itself; until then it is away.
    this.#client.on("error", () => {});
  }

  /** Never rejects: what goes wrong here, does not at the primary. */
  async read<T>(make: (kv: Kv) => Promise<T>): Promise<ReplicaRead<T>> {
    if (!this.#answers()) return AWAY;
    const needed = await this.#primary().catch(() => null);
    if (needed === null) return AWAY;
    const read = this.#readAt(needed, make).catch(() => AWAY);
    return inTime(read, PATIENCE_MS, this.#clock, () => {
      this.#hangs = true;
      this.#lookAgainAt = this.#clock.monotonic() + LOOK_AGAIN_MS;
      return AWAY;
    });
  }

  async close(): Promise<void> {
    this.#client.disconnect();
  }

  async #readAt<T>(needed: Position, make: (kv: Kv) => Promise<T>): Promise<ReplicaRead<T>> {
    const line = this.#bound();
    const { send } = line;
    if (!(await this.#has(needed, send))) return BEHIND;
    const value = await make(new ReplicaKv(line));
    // Meanwhile it may have been given the data of another primary.
    return (await this.#has(needed, send)) ? { outcome: "used", value } : BEHIND;
  }

  async #has(needed: Position, send: Send): Promise<boolean> {
    const own = positionOf(await send((client: Client) => (client as Redis).info("replication")), "replica");
    return own !== null && covers(own, needed);
  }

  /** All commands of one read go over one connection. */
  #bound(): Line {
    const connection = this.#connection;
    const assertSame = () => {
      if (connection !== this.#connection) throw new StoreUnavailable("The connection to the replica broke meanwhile");
    };
    const send: Send = async (command) => {
      assertSame();
      const answer = await command(this.#client).catch((error: unknown) => {
        throw asStoreError(error);
      });
      assertSame();
      return answer;
    };
    return {
      send,
      ask: <T>(name: string, args: readonly (string | number)[], reply?: "text" | "bytes") => {
        const command = () => new Command(name, [...args], { replyEncoding: reply === "bytes" ? null : "utf8" });
        return send((client) => client.sendCommand(command()) as Promise<T>);
      },
    };
  }

  #answers(): boolean {
    if (this.#client.status !== "ready") return false;
    if (!this.#hangs) return true;
    const now = this.#clock.monotonic();
    if (now >= this.#lookAgainAt) {
      this.#lookAgainAt = now + LOOK_AGAIN_MS;
      void this.#client.ping().then(
        () => {
          this.#hangs = false;
        },
        () => {},
      );
    }
    return false;
  }
}
