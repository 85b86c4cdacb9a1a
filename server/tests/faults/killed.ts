import { setTimeout as pause } from "node:timers/promises";
import { childrenOf } from "../../bench/process/children.ts";
import { spawnServer } from "../_util/node.ts";
import { type RedisServer, startRedis } from "../_util/redis.ts";
import { SupervisedServer } from "../_util/supervised-server.ts";
import type { Fault, Scene } from "./fault.ts";

const KILLS = 5;
/** Between two kills, at most: some come while clients are still on their way back. */
const PAUSE_MS = 3_000;
const WORKERS = 2;

const between = () => pause(PAUSE_MS * (0.1 + 0.9 * Math.random()));

/** `kill` is given which one it is, and answers how to start again what it killed. */
async function killAtRandom(kill: (at: number) => Promise<() => Promise<void>>): Promise<() => Promise<void>> {
  let restart = async () => {};
  for (let at = 0; at < KILLS; at++) {
    await restart();
    await between();
    restart = await kill(at);
  }
  return restart;
}

function killing(
  server: SupervisedServer,
  redis: RedisServer | null,
  choose: (at: number) => readonly string[],
): Scene {
  let mend = async () => {};
  return {
    wsUrls: [server.wsUrl],
    async strike() {
      const killed: string[] = [];
      mend = await killAtRandom(async (at) => {
        const victims = choose(at);
        killed.push(...victims);
        await Promise.all(victims.map((victim) => (victim === "server" ? server.kill() : redis?.kill())));
        return async () => {
          // A server that starts wants its store.
          if (victims.includes("store")) await redis?.restart();
          if (victims.includes("server")) await server.restart();
        };
      });
      const times = (victim: string) => killed.filter((each) => each === victim).length;
      const told = ["server", "store"].filter((victim) => times(victim) > 0);
      return told.map((victim) => `${victim} killed ${times(victim)} times`).join(", ");
    },
    mend: () => mend(),
    async close() {
      await server.stop();
      await redis?.stop();
    },
  };
}

export const serverKilled: Fault = {
  what: "the server is killed",
  made: `kill -9 of the server's process ${KILLS} times at random, started again at once; clients keep one address.`,
  store: "embedded",
  open: async () => killing(await SupervisedServer.start([]), null, () => ["server"]),
};

export const storeKilled: Fault = {
  what: "the store is killed",
  made: `kill -9 of redis-server (\`appendfsync always\`) ${KILLS} times at random, started again at once; the server goes on.`,
  store: "Redis",
  async open() {
    const redis = await startRedis();
    return killing(await SupervisedServer.start(["--store", redis.url]), redis, () => ["store"]);
  },
};

export const bothKilled: Fault = {
  what: "server and store are killed",
  made: `kill -9 of the server, of redis-server, or of both in one moment, ${KILLS} times at random.`,
  store: "Redis",
  async open() {
    const redis = await startRedis();
    const server = await SupervisedServer.start(["--store", redis.url]);
    const choices = [["server"], ["store"], ["server", "store"]];
    // All of them come: what is left to chance is when.
    return killing(server, redis, (at) => choices[(at + 2) % choices.length] ?? []);
  },
};

export const workerKilled: Fault = {
  what: "a worker is killed",
  made: `kill -9 of one of ${WORKERS} processes behind one port (\`--workers\`) ${KILLS} times at random; the first process starts another.`,
  store: "embedded",
  async open() {
    const server = await spawnServer(["--workers", String(WORKERS)]);
    return {
      wsUrls: [server.wsUrl],
      async strike() {
        let killed = 0;
        await killAtRandom(async (at) => {
          const victims = childrenOf(server.pid);
          const victim = victims[at % victims.length];
          if (victim === undefined) return async () => {};
          process.kill(victim, "SIGKILL");
          killed += 1;
          return async () => {};
        });
        return killed === 0 ? null : `workers killed ${killed} times`;
      },
      async close() {
        await server.stop();
      },
    };
  },
};
