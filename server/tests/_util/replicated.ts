import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { DURABLE, type RedisServer, startRedis, startSentinel, until } from "./redis.ts";

/** A primary with one replica, and a Sentinel that puts the one in the other's place. */
export interface ReplicatedRedis {
  /** `redis+sentinel://127.0.0.1:41234/main` */
  readonly url: string;
  readonly primary: RedisServer;
  /** What the primary answers from now on reaches no replica. Answers how long this list is there. */
  cut(list: string): Promise<number>;
  /** Resolves when Sentinel has made the replica the primary. */
  elected(): Promise<void>;
  stop(): Promise<void>;
}

const NAME = "main";
/** As whom the replica reads; without this account it can no more. */
const COPIER = "copier";

export async function startReplicated(): Promise<ReplicatedRedis> {
  const primary = await startRedis();
  const password = randomBytes(16).toString("hex");
  await primary.admin.call("ACL", "SETUSER", COPIER, "on", `>${password}`, "+psync", "+replconf", "+ping");
  const access = ["--masteruser", COPIER, "--masterauth", password];
  const replica = await startRedis([...DURABLE, "--replicaof", "127.0.0.1", String(primary.port), ...access]);
  const isLinked = async () => (await replica.admin.info("replication")).includes("master_link_status:up");
  await until(isLinked);
  const sentinel = await startSentinel(NAME, primary.port);
  await until(async () => ((await sentinel.admin.call("SENTINEL", "REPLICAS", NAME)) as unknown[]).length === 1);
  const events = sentinel.admin.duplicate();
  events.on("error", () => {});
  await events.subscribe("+switch-master");
  return {
    url: `redis+sentinel://127.0.0.1:${sentinel.port}/${NAME}`,
    primary,
    async cut(list) {
      // Its connections end with it.
      await primary.admin.call("ACL", "DELUSER", COPIER);
      await until(async () => !(await isLinked()));
      return replica.admin.llen(list);
    },
    async elected() {
      await once(events, "message");
    },
    async stop() {
      events.disconnect();
      for (const server of [sentinel, replica, primary]) await server.stop();
    },
  };
}
