import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";

export interface RedisServer {
  readonly port: number;
  readonly url: string;
  /** For what a test does behind the store's back. */
  readonly admin: Redis;
  /** Kills the process as a power cut would, without a goodbye. */
  kill(): Promise<void>;
  /** Starts the process again on the same port and data. */
  restart(): Promise<void>;
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
    const port = await freePort(settings.includes("--cluster-enabled"));
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
  const launch = () => startProcess([...place, ...settings]);
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
  const kill = async () => {
    const ended = hasEnded(child) ? null : once(child, "exit");
    child.kill("SIGKILL");
    await ended;
  };
  return {
    port,
    url: `redis://127.0.0.1:${port}/0`,
    admin,
    kill,
    async restart() {
      child = await launch();
    },
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
  return startRedis(["--sentinel"], `${config.join("\n")}\n`);
}

/** Three primaries that share the slots. */
export async function startRedisCluster(): Promise<{
  url: string;
  nodes: readonly RedisServer[];
  stop(): Promise<void>;
}> {
  const settings = [...DURABLE, "--cluster-enabled", "yes", "--cluster-node-timeout", "2000"];
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
    stop: async () => {
      await Promise.all(nodes.map((node) => node.stop()));
    },
  };
}

const running = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});
// The runner ends a file that takes too long; a signal alone does not bring about `exit`.
process.once("SIGTERM", () => process.exit(1));

/** Resolves when the server takes connections. */
async function startProcess(args: readonly string[]): Promise<ChildProcess> {
  const child = spawn("redis-server", args, { stdio: ["ignore", "pipe", "inherit"] });
  running.add(child);
  child.once("exit", () => running.delete(child));
  let output = "";
  await new Promise<void>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", () => reject(new Error(`redis-server ended:\n${output}`)));
    child.stdout?.on("data", (chunk: Buffer) => {
      // Kept until the server is up, to say why it is not.
      if (output.length < 10_000) output += chunk.toString();
      if (/Ready to accept connections|Sentinel ID is/.test(output)) resolve();
    });
  });
  return child;
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

/** Given by the system. A cluster node also listens 10,000 ports higher, which has to exist. */
async function freePort(cluster: boolean): Promise<number> {
  for (;;) {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    server.close();
    await once(server, "close");
    if (address === null || typeof address === "string") throw new Error("No port was given");
    if (!cluster || address.port <= 55_535) return address.port;
  }
}

/** Polls what the server offers no event for. */
async function until(condition: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + 20_000;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error("The condition did not come true in 20 s");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
