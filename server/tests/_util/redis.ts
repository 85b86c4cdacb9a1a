import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { endOfService, freePort, killService, startService } from "./service-process.ts";

export interface RedisServer {
  readonly port: number;
  readonly url: string;
  /** For what a test does behind the store's back. */
  readonly admin: Redis;
  /** Kills the process as a power cut would, without a goodbye. */
  kill(): Promise<void>;
  /** Starts the process again on the same port and data. */
  restart(): Promise<void>;
  /** Resolves when the present process has ended, for whatever reason. */
  ended(): Promise<void>;
  /** The process keeps its connections and does nothing, until `thaw`. */
  freeze(): void;
  thaw(): void;
  /** Stops the process and removes its data. */
  stop(): Promise<void>;
}

/** Every acknowledged write is on disk. */
export const DURABLE = ["--appendonly", "yes", "--appendfsync", "always", "--save", ""];

/** A real redis-server on loopback, with a temporary folder. */
export async function startRedis(settings: readonly string[] = DURABLE, config = ""): Promise<RedisServer> {
  for (let attempt = 0; ; attempt++) {
    const port = await portFor(settings.includes("--cluster-enabled"));
    try {
      return await startOn(port, settings, config);
    } catch (error) {
      // Somebody else may have taken the port meanwhile.
      if (attempt === 4) throw error;
    }
  }
}

async function startOn(port: number, settings: readonly string[], config: string): Promise<RedisServer> {
  const folder = await mkdtemp(join(tmpdir(), "parley-redis-"));
  const file = join(folder, "redis.conf");
  await writeFile(file, config);
  const place = [
    file,
    "--port",
    String(port),
    "--bind",
    "127.0.0.1",
    "--dir",
    folder,
    "--repl-diskless-sync-delay",
    "0",
  ];
  const launch = () =>
    startService("redis-server", [...place, ...settings], /Ready to accept connections|Sentinel ID is/);
  let child = await launch().catch(async (error: unknown) => {
    await rm(folder, { recursive: true, force: true });
    throw error;
  });
  const admin = new Redis({
    port,
    host: "127.0.0.1",
    protocol: 2,
    lazyConnect: true,
    maxRetriesPerRequest: null,
    retryStrategy: () => 20,
  });
  // A connection that the server drops when it is killed is expected here.
  admin.on("error", () => {});
  const kill = () => killService(child);
  return {
    port,
    url: `redis://127.0.0.1:${port}/0`,
    admin,
    kill,
    async restart() {
      child = await launch();
    },
    ended: () => endOfService(child),
    freeze: () => void child.kill("SIGSTOP"),
    thaw: () => void child.kill("SIGCONT"),
    async stop() {
      admin.disconnect();
      await kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A Sentinel that promotes a replica half a second after the primary has gone. */
export async function startSentinel(name: string, primaryPort: number): Promise<RedisServer> {
  const config = [
    `sentinel monitor ${name} 127.0.0.1 ${primaryPort} 1`,
    `sentinel down-after-milliseconds ${name} 500`,
    `sentinel failover-timeout ${name} 5000`,
  ];
  const sentinel = await startRedis(["--sentinel"], `${config.join("\n")}\n`);
  // It asks every 10 s how the replicas are, and promotes none of which it has not heard for 5 s.
  await sentinel.admin.call("SENTINEL", "DEBUG", "info-period", 500);
  return sentinel;
}

/** Three primaries that share the slots. */
export async function startRedisCluster(): Promise<{
  url: string;
  nodes: readonly RedisServer[];
  /** For further ones. */
  settings: readonly string[];
  stop(): Promise<void>;
}> {
  // A replica that has heard nothing yet, not even a ping, is named to nobody.
  const soon = ["--cluster-node-timeout", "2000", "--repl-ping-replica-period", "1"];
  const settings = [...DURABLE, "--cluster-enabled", "yes", ...soon];
  const nodes = await Promise.all([startRedis(settings), startRedis(settings), startRedis(settings)]);
  const [first, second, third] = nodes;
  const shares = [
    [first, 0, 5460],
    [second, 5461, 10922],
    [third, 10923, 16383],
  ] as const;
  for (const [at, [node, from, to]] of shares.entries()) {
    await node.admin.call("CLUSTER", "SET-CONFIG-EPOCH", at + 1);
    await node.admin.call("CLUSTER", "ADDSLOTSRANGE", from, to);
  }
  for (const node of [second, third]) await first.admin.call("CLUSTER", "MEET", "127.0.0.1", node.port);
  await until(async () => {
    const infos = await Promise.all(nodes.map((node) => node.admin.cluster("INFO")));
    return infos.every((info) => info.includes("cluster_state:ok") && info.includes("cluster_known_nodes:3"));
  });
  return {
    url: `redis+cluster://${nodes.map((node) => `127.0.0.1:${node.port}`).join(",")}`,
    nodes,
    settings,
    stop: async () => {
      await Promise.all(nodes.map((node) => node.stop()));
    },
  };
}

/** A cluster node also listens 10,000 ports higher, which has to exist. */
async function portFor(cluster: boolean): Promise<number> {
  for (;;) {
    const port = await freePort();
    if (!cluster || port <= 55_535) return port;
  }
}

/** Polls what the server offers no event for. */
export async function until(condition: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + 20_000;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error("The condition did not come true in 20 s");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
