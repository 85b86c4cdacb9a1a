import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Redis } from "ioredis";
import { busContract, listenTo, typing } from "../src/bus/bus.contract.ts";
import type { Bus } from "../src/bus/bus.ts";
import { RedisBus } from "../src/bus/redis.ts";
import { turnsUntil } from "./_util/patience.ts";
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

/** What the clock of all nodes says, in milliseconds. */
let now = 0;
const clock = { monotonic: () => now };

async function openNode(): Promise<Bus> {
  const connect = () => new Redis({ port: redis.port, host: "127.0.0.1", protocol: 2, retryStrategy: () => 20 });
  const bus = await RedisBus.open({ connect, nodeId: `node${nodes++}`, clock });
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
    await turnsUntil(
      () => hearer.holes.length > 0,
      () => "a hole",
    );
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

describe("bus redis, when nobody else is there", () => {
  let alone: RedisServer;
  before(async () => {
    alone = await startRedis();
  });
  after(() => alone.stop());
  const published = async () => Number(/cmdstat_publish:calls=(\d+)/.exec(await alone.admin.info("commandstats"))?.[1]);
  const open = async (nodeId: string) => {
    const connect = () => new Redis({ port: alone.port, host: "127.0.0.1", protocol: 2, retryStrategy: () => 20 });
    const bus = await RedisBus.open({ connect, nodeId, clock });
    opened.push(bus);
    return listenTo(bus);
  };

  it("sends next to nothing, looks again after a moment, and tells whoever comes", async () => {
    const { bus } = await open("first");
    const say = async (count: number) => {
      const before = await published();
      for (let n = 0; n < count; n += 1) {
        bus.publish(typing("chat", `user${n}`));
        await alone.admin.ping();
      }
      return (await published()) - before;
    };
    await say(50);
    assert.equal(await say(50), 0);
    now += 2_000;
    assert.ok((await say(50)) > 0, "it may not have heard who came");
    assert.equal(await say(50), 0);

    const second = await open("second");
    const isGreeted = async () => {
      bus.publish(typing("chat", "greeted"));
      await alone.admin.ping();
      return second.heard.length > 0;
    };
    await turnsUntil(isGreeted, () => "the second to hear");
    assert.equal(await say(50), 50);
    await second.hears(51);
  });
});
