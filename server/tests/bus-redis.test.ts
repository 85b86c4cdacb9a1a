import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Redis } from "ioredis";
import type { Hint } from "../src/bus/bundle.ts";
import { busContract, listenTo, typing } from "../src/bus/bus.contract.ts";
import { type Bus, channelOf } from "../src/bus/bus.ts";
import { RedisBus, UNANSWERED_MAX } from "../src/bus/redis.ts";
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

  it("tells a hole of the channel when a node's numbers jump, and of all when a text is broken", async () => {
    const [hearer] = (await openNodes(1)).map(listenTo);
    assert(hearer);
    const publish = (...hints: Hint[]) => redis.admin.publish("bus", `other ${JSON.stringify(hints)}`);
    const [a, b, c, d] = [typing("chat", "a"), typing("chat", "b"), typing("chat", "c"), typing("chat", "d")];
    await publish([7, 1, a], [9, 1, b]);
    await publish([7, 3, c], [9, 2, b]);
    await hearer.hears(4);
    assert.deepEqual(hearer.heard, [a, b, c, b]);
    assert.deepEqual(hearer.holes, [7]);
    for (const broken of ["other [", "other {}", "other [1]", "other [[7,4,null]]", "other", ""]) {
      await redis.admin.publish("bus", broken);
    }
    await publish([7, 4, d]);
    await hearer.hears(5);
    assert.deepEqual(hearer.holes, [7, ...Array(6).fill(null)]);
  });

  it("drops what Redis does not answer, and shows the holes on the channels concerned alone", async () => {
    const [sender, hearer] = (await openNodes(2)).map(listenTo);
    assert(sender && hearer);
    const chats = ["a", "b", "c", "d"];
    const say = (chatIds: readonly string[]) => {
      for (const chatId of chatIds) sender.bus.publish(typing(chatId, "somebody"));
    };
    say(chats);
    // In the same turn, so that no answer is read meanwhile.
    say(Array(UNANSWERED_MAX - 4).fill("a"));
    say(["b", "c"]);
    await hearer.hears(UNANSWERED_MAX);
    assert.deepEqual(hearer.holes, []);
    say(chats);
    await hearer.hears(UNANSWERED_MAX + 4);
    assert.deepEqual(hearer.holes, ["b", "c"].map(channelOf));
  });
});

describe("bus redis, what a node says last", () => {
  it("says what a message was when it was published", async () => {
    const [sender, hearer] = (await openNodes(2)).map(listenTo);
    assert(sender && hearer);
    const sessionIds = ["first"];
    sender.bus.publish({ kind: "revoked", userId: "user", sessionIds });
    sessionIds.push("second");
    await hearer.hears(1);
    assert.deepEqual(hearer.heard, [{ kind: "revoked", userId: "user", sessionIds: ["first"] }]);
  });

  it("says the last things before it closes", async () => {
    const [sender, hearer] = (await openNodes(2)).map(listenTo);
    assert(sender && hearer);
    sender.bus.publish(typing("chat", "last"));
    await sender.bus.close();
    await hearer.hears(1);
    assert.deepEqual(hearer.heard, [typing("chat", "last")]);
  });
});

describe("bus redis, what it asks of Redis", () => {
  let alone: RedisServer;
  before(async () => {
    alone = await startRedis();
  });
  after(() => alone.stop());
  const published = async () => Number(/cmdstat_publish:calls=(\d+)/.exec(await alone.admin.info("commandstats"))?.[1]);
  /** Resolves when Redis has read what the node has said: the question goes the same way, after the turn. */
  const read = async (bus: Bus) => {
    await new Promise((resolve) => setImmediate(resolve));
    await bus.answers();
  };
  const open = async (nodeId: string) => {
    const connect = () => new Redis({ port: alone.port, host: "127.0.0.1", protocol: 2, retryStrategy: () => 20 });
    const bus = await RedisBus.open({ connect, nodeId, clock });
    opened.push(bus);
    return listenTo(bus);
  };

  it("sends next to nothing when nobody else is there, looks again after a moment, and tells whoever comes", async () => {
    const { bus } = await open("first");
    const say = async (count: number) => {
      const before = await published();
      for (let n = 0; n < count; n += 1) {
        bus.publish(typing("chat", `user${n}`));
        await read(bus);
      }
      return (await published()) - before;
    };
    await say(50);
    assert.equal(await say(50), 0);
    now += 2_000;
    assert.ok((await say(50)) > 0, "it may not have heard who came");
    assert.equal(await say(50), 0);
    for (let n = 0; n < 4; n += 1) {
      now += 600;
      assert.equal(await say(50), 1, "while it talks it asks, and goes on as it was told");
    }

    const second = await open("second");
    const isGreeted = async () => {
      bus.publish(typing("chat", "greeted"));
      await read(bus);
      return second.heard.length > 0;
    };
    await turnsUntil(isGreeted, () => "the second to hear");
    assert.equal(await say(50), 50);
    await second.hears(51);
  });

  it("says what is said in one turn at once, but for what is long", async () => {
    const [sender, hearer] = [await open("sender"), await open("hearer")];
    await Promise.all([sender, hearer].map(({ bus }) => read(bus)));
    const before = await published();
    for (let n = 0; n < 100; n += 1) sender.bus.publish(typing(`chat${n}`, "somebody"));
    await hearer.hears(100);
    assert.equal((await published()) - before, 1);
    for (let n = 0; n < 3; n += 1) sender.bus.publish(typing("chat", "x".repeat(40_000)));
    await hearer.hears(103);
    assert.equal((await published()) - before, 3);
    assert.deepEqual(hearer.holes, []);
  });
});
