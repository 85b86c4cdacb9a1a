import { randomBytes } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import type { TestBus } from "../_util/across-nodes.ts";
import { FaultProxy } from "../_util/fault-proxy.ts";
import { startNats } from "../_util/nats.ts";
import { spawnServer } from "../_util/node.ts";
import { startRedis } from "../_util/redis.ts";
import type { Fault } from "./fault.ts";

const LASTS_MS = 10_000;

function busCut(name: string, startBus: () => Promise<TestBus>): Fault {
  return {
    what: `the bus is cut (${name})`,
    made: `Two nodes over one Redis, and ${name} between them behind a proxy, which ends all connections and lets none through for 10 s. Who only reads is at the other node than all who write.`,
    store: "Redis",
    async open() {
      let cut = false;
      const [redis, bus] = await Promise.all([startRedis(), startBus()]);
      const wire = await FaultProxy.open({
        targetPort: Number(new URL(bus.url).port),
        fault: (chunk) => (cut ? "cut" : { pass: chunk }),
      });
      const args = ["--store", redis.url, "--bus", bus.url.replace(/:\d+/, `:${wire.port}`)];
      const secret = { PARLEY_SECRET: randomBytes(32).toString("base64url") };
      const nodes = [await spawnServer(args, secret), await spawnServer(args, secret)];
      const [east = "", west = ""] = nodes.map(({ wsUrl }) => wsUrl);
      return {
        // The last one only reads, and hears of the others by the bus alone.
        wsUrls: [east, east, east, east, west],
        async strike(talk) {
          cut = true;
          wire.cutAll();
          await pause(LASTS_MS);
          const late = talk.spread;
          cut = false;
          return late === 0 ? null : `${late} messages were not at both nodes at the end`;
        },
        async close() {
          await Promise.all(nodes.map((node) => node.stop()));
          await wire.close();
          await bus.stop();
          await redis.stop();
        },
      };
    },
  };
}

export const busCutRedis = busCut("a second Redis", () => startRedis());
export const busCutNats = busCut("NATS", () => startNats());
