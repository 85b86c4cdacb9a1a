import { randomBytes } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { turnsUntil } from "./patience.ts";
import { DURABLE, type RedisServer, startRedis, startRedisCluster, startSentinel, until } from "./redis.ts";

/** Primaries with a replica each, and what puts the one in the other's place when it dies. */
export interface ReplicatedRedis {
  readonly url: string;
  /** Those that have this key. */
  pairOf(key: string): Promise<ReplicatedPair>;
  stop(): Promise<void>;
}

const NAME = "main";
/** As whom a replica reads; without this account it can no more. */
const COPIER = "copier";
/** Of a role nothing is told. */
const LOOK_MS = 20;

export class ReplicatedPair {
  readonly primary: RedisServer;
  readonly replica: RedisServer;

  private constructor(primary: RedisServer, replica: RedisServer) {
    this.primary = primary;
    this.replica = replica;
  }

  /** `follow` has the new server follow the primary, where its settings do not. */
  static async start(
    primary: RedisServer,
    settings: readonly string[],
    follow?: (replica: RedisServer) => Promise<void>,
  ): Promise<ReplicatedPair> {
    const password = randomBytes(16).toString("hex");
    await primary.admin.call("ACL", "SETUSER", COPIER, "on", `>${password}`, "+psync", "+replconf", "+ping");
    const replica = await startRedis([...settings, "--masteruser", COPIER, "--masterauth", password]);
    await follow?.(replica);
    const pair = new ReplicatedPair(primary, replica);
    await until(() => pair.#isLinked());
    return pair;
  }

  /** What the primary answers from now on reaches the replica no more. */
  async cut(): Promise<void> {
    // Its connections end with it.
    await this.primary.admin.call("ACL", "DELUSER", COPIER);
    await until(async () => !(await this.#isLinked()));
  }

  /** Resolves when the replica has taken the primary's place. */
  async elected(): Promise<void> {
    const isPrimary = async () => (await this.replica.admin.info("replication")).includes("role:master");
    await turnsUntil(
      isPrimary,
      () => "a new primary",
      () => pause(LOOK_MS),
    );
  }

  async stop(): Promise<void> {
    await this.replica.stop();
    await this.primary.stop();
  }

  async #isLinked(): Promise<boolean> {
    return (await this.replica.admin.info("replication")).includes("master_link_status:up");
  }
}

/** `redis+sentinel://127.0.0.1:41234/main`: one primary, and one Sentinel. */
export async function startReplicated(): Promise<ReplicatedRedis> {
  const primary = await startRedis();
  const pair = await ReplicatedPair.start(primary, [...DURABLE, "--replicaof", "127.0.0.1", String(primary.port)]);
  const sentinel = await startSentinel(NAME, primary.port);
  await until(async () => ((await sentinel.admin.call("SENTINEL", "REPLICAS", NAME)) as unknown[]).length === 1);
  return {
    url: `redis+sentinel://127.0.0.1:${sentinel.port}/${NAME}`,
    pairOf: async () => pair,
    async stop() {
      await sentinel.stop();
      await pair.stop();
    },
  };
}

/** Three primaries that share the slots, and look after each other. */
export async function startReplicatedCluster(): Promise<ReplicatedRedis> {
  const cluster = await startRedisCluster();
  const follow = (primary: RedisServer) => async (replica: RedisServer) => {
    const { admin } = replica;
    const id = await primary.admin.cluster("MYID");
    await admin.call("CLUSTER", "MEET", "127.0.0.1", primary.port);
    await until(async () => String(await admin.cluster("NODES")).includes(String(id)));
    await admin.call("CLUSTER", "REPLICATE", String(id));
    // Or it sends who asks for a key on to the primary.
    await admin.call("READONLY");
  };
  const pairs = await Promise.all(
    cluster.nodes.map((primary) => ReplicatedPair.start(primary, cluster.settings, follow(primary))),
  );
  // A client asks any of them who there is.
  await until(async () => {
    const known = await Promise.all(cluster.nodes.map(({ admin }) => admin.cluster("SLOTS")));
    return known.flat().every((part) => (part as unknown[]).length === 4);
  });
  return {
    url: cluster.url,
    async pairOf(key) {
      for (const pair of pairs) if (await isAt(pair.primary, key)) return pair;
      throw new Error(`No primary has the slot of ${key}`);
    },
    async stop() {
      await Promise.all(pairs.map((pair) => pair.stop()));
    },
  };
}

/** A node of a cluster answers MOVED for what is another's. */
function isAt({ admin }: RedisServer, key: string): Promise<boolean> {
  return admin.exists(key).then(
    () => true,
    () => false,
  );
}
