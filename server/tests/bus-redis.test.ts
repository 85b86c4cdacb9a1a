import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Redis } from "ioredis";
import { busContract, listenTo, typing } from "../src/bus/bus.contract.ts";
import type { Bus } from "../src/bus/bus.ts";
import { RedisBus } from "../src/bus/redis.ts";
import { type RedisServer, startRedis } from "./_util/redis.ts";

let redis: RedisServer;
const opened: Bus[] = [];
let nodes = 0;

before(async () => {
  redis = await startRedis();
});
after(async () => {
  for (const bus of opened) await bus.close();
  await redis.stop();
});

async function openNode(): Promise<Bus> {
  const connect = () => new Redis({ port: redis.port, host: "127.0.0.1", protocol: 2, retryStrategy: () => 20 });
  const bus = await RedisBus.open({ connect, nodeId: `node${nodes++}` });
  opened.push(bus);
  return bus;
}

const openNodes = (count: number) => Promise.all(Array.from({ length: count }, openNode));

busContract("redis", openNodes);

describe("[NODE-14] bus redis, when messages are lost", () => {
  it("tells a hole when the link was lost and is back, then goes on hearing", async () => {
    const [sender, hearer] = (await openNodes(2)).map(listenTo);
    assert(sender && hearer);
    await redis.admin.call("CLIENT", "KILL", "TYPE", "pubsub");
    while (hearer.holes.length === 0) await new Promise((resolve) => setImmediate(resolve));
    assert.equal(hearer.holes[0], null);
    sender.bus.publish(typing("chat", "after"));
    await hearer.hears(1);
    assert.deepEqual(hearer.heard, [typing("chat", "after")]);
  });

  it("tells a hole of the channel when a node's numbers jump, and when a text is broken", async () => {
    const [hearer] = (await openNodes(1)).map(listenTo);
    assert(hearer);
    const publish = (text: string) => redis.admin.publish("bus:7", text);
    await publish(`other 1 ${JSON.stringify(typing("chat", "a"))}`);
    await publish(`other 3 ${JSON.stringify(typing("chat", "c"))}`);
    await hearer.hears(2);
    assert.deepEqual(hearer.holes, [7]);
    await publish("other 4 {");
    await publish(`other 4 ${JSON.stringify(typing("chat", "d"))}`);
    await hearer.hears(3);
    assert.deepEqual(hearer.holes, [7, 7]);
  });
});
