import { Cluster, Redis, type RedisOptions } from "ioredis";
import { COMMAND_TIMEOUT_MS } from "../append-once.ts";
import type { RedisLocation } from "./url.ts";

/** A link on which commands wait and nothing comes back for this long is dead; a later answer is of no use to anybody. */
const SILENCE_MS = COMMAND_TIMEOUT_MS + 1_000;
/** A machine that is away does not refuse, it says nothing. */
const CONNECT_TIMEOUT_MS = 5_000;

/** Each of these keeps a write from being lost or applied twice behind our back. */
const SAFE = {
  // With RESP3, Pika's pub/sub messages vanish without an error.
  protocol: 2 as const,
  disableClientInfo: true,
  // A re-sent RPUSH appends twice.
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 1,
  // Without it a command that is in flight at a reconnect is never settled.
  commandTimeout: COMMAND_TIMEOUT_MS,
  socketTimeout: SILENCE_MS,
  connectTimeout: CONNECT_TIMEOUT_MS,
  // Nothing may cross a reconnect: behind it may be another primary, without the tail of the log.
  enableOfflineQueue: false,
  // A demoted primary keeps its connections; only a new one finds the new primary. Reconnects, does not resend.
  reconnectOnError: (error: Error) => /^(READONLY|MASTERDOWN|LOADING)/.test(error.message),
} satisfies RedisOptions;

export type Client = Redis | Cluster;

/** Reconnects for ever, with full jitter, so that nodes do not come back in step. */
function retryDelayMs(attempt: number): number {
  return 20 + Math.random() * Math.min(50 * 2 ** attempt, 2_000);
}

/**
 * ioredis ends for good when a Sentinel tells of a new primary in the moment in which one is asked for it, and after a failure
 * all nodes ask all the time. This one begins again, until it is told to disconnect.
 */
class SentinelRedis extends Redis {
  #wanted = true;

  /** To be called once. */
  lasting(): this {
    return this.on("end", () => {
      if (!this.#wanted) return;
      setTimeout(() => {
        // It was told to meanwhile. What goes wrong is told by events.
        if (this.#wanted) this.connect().catch(() => {});
      }, retryDelayMs(0));
    });
  }

  override disconnect(reconnect = false): void {
    this.#wanted &&= reconnect;
    super.disconnect(reconnect);
  }
}

/**
 * ioredis follows MOVED by itself, to whomever the slot has moved to: maybe to a replica that took over without the tail of a log,
 * before anybody has looked at it. This one asks who there is and refuses the command, which has not been carried out.
 */
class VerifiedCluster extends Cluster {
  override handleError(...args: Parameters<Cluster["handleError"]>): void {
    const [error, , handlers] = args;
    if (!error.message.startsWith("MOVED ")) return super.handleError(...args);
    this.refreshSlotsCache();
    handlers.defaults();
  }
}

/** With the role `slave` it is for reading from a replica, whose answers tell whether they are of use. */
export function createClient(location: RedisLocation, role: "master" | "slave" = "master"): Client {
  const access = {
    ...SAFE,
    ...(role === "slave" ? { reconnectOnError: null } : {}),
    ...(location.username === undefined ? {} : { username: location.username }),
    ...(location.password === undefined ? {} : { password: location.password }),
    ...(location.tls ? { tls: {} } : {}),
  };
  switch (location.mode) {
    case "single":
      return new Redis({ ...access, ...location.address, db: location.db, retryStrategy: retryDelayMs });
    case "sentinel":
      return new SentinelRedis({
        ...access,
        sentinels: [...location.addresses],
        name: location.name,
        role,
        db: location.db,
        retryStrategy: retryDelayMs,
        sentinelRetryStrategy: retryDelayMs,
        // One that hangs keeps its connections and says nothing.
        sentinelCommandTimeout: COMMAND_TIMEOUT_MS,
        enableTLSForSentinelMode: location.tls,
        failoverDetector: true,
      }).lasting();
    case "cluster":
      return new VerifiedCluster([...location.addresses], {
        redisOptions: access,
        enableOfflineQueue: false,
        clusterRetryStrategy: retryDelayMs,
        slotsRefreshTimeout: COMMAND_TIMEOUT_MS,
        // Both would send a command again that may have been applied.
        retryDelayOnFailover: 0,
        retryDelayOnClusterDown: 0,
        ...(location.tls ? { dnsLookup: (address, callback) => callback(null, address) } : {}),
      });
  }
}

/** The primaries that the client knows: one, or one per part of a cluster. */
export function primaries(client: Client): Redis[] {
  return client instanceof Cluster ? client.nodes("master") : [client];
}
