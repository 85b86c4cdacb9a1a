import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";
import type { Result } from "@parley/protocol";
import { metrics, type ReplicaOutcome } from "../src/metrics.ts";
import { systemClock, systemRandom } from "../src/platform.ts";
import { COMMAND_TIMEOUT_MS } from "../src/store/append-once.ts";
import { openStore } from "../src/store/open-store.ts";
import { covers, positionOf } from "../src/store/redis/position.ts";
import { uuidv7 } from "./_util/client-ids.ts";
import { type DomainNode, startDomain } from "./_util/domain-node.ts";
import type { DomainPeer } from "./_util/domain-peer.ts";
import { FaultProxy } from "./_util/fault-proxy.ts";
import { DURABLE, type RedisServer, startRedis } from "./_util/redis.ts";
import { refused } from "./_util/refusal.ts";

/** Far from what a page takes that waits for a dead replica's timeouts, on however busy a machine. */
const SOON_MS = COMMAND_TIMEOUT_MS / 3;

type Page = Result<"message.history">;
/** What people wrote, without what is retracted or hidden. */
const told = ({ messages }: Page) => messages.flatMap((one) => (one.kind === "text" ? [one.body.text] : []));

const send = async (peer: DomainPeer, chatId: string, text: string) =>
  (await peer.call("message.send", { chatId, clientId: uuidv7(), kind: "text", body: { text } })).seq;

const replicaOf = ({ port }: RedisServer) => startRedis([...DURABLE, "--replicaof", "127.0.0.1", String(port)]);

/** Until it has carried out what the primary has written. (A primary begins its history with its first replica.) */
async function caughtUp(primary: RedisServer, replica: RedisServer): Promise<void> {
  for (;;) {
    const wanted = positionOf(await primary.admin.info("replication"), "primary");
    const own = positionOf(await replica.admin.info("replication"), "replica");
    if (wanted !== null && own !== null && covers(own, wanted)) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

function counts(): Record<ReplicaOutcome, number> {
  const entries = [...metrics.replicaReads.entries()].map(([{ outcome }, value]) => [outcome, value]);
  return Object.fromEntries(entries) as Record<ReplicaOutcome, number>;
}

/** Of the pages that were asked for meanwhile. */
async function outcomes(work: () => Promise<unknown>): Promise<Record<ReplicaOutcome, number>> {
  const then = counts();
  await work();
  const now = counts();
  return { used: now.used - then.used, behind: now.behind - then.behind, away: now.away - then.away };
}

/** Asks for pages until the replica was good for it. */
async function usedAgain(page: () => Promise<unknown>): Promise<void> {
  while ((await outcomes(page)).used === 0) await new Promise((resolve) => setTimeout(resolve, 20));
}

async function rangesReadFrom({ admin }: RedisServer): Promise<number> {
  return Number(/cmdstat_lrange:calls=(\d+)/.exec(await admin.info("commandstats"))?.[1] ?? 0);
}

describe("[NODE-6] history from a replica", () => {
  let primary: RedisServer;
  let replica: RedisServer;
  let node: DomainNode;
  let alice: DomainPeer;
  let bob: DomainPeer;
  let groups = 0;

  before(async () => {
    primary = await startRedis();
    replica = await replicaOf(primary);
    node = await startDomain({ location: primary.url, replica: replica.url });
    alice = await node.connect().register("alice");
    bob = await node.connect().register("bob");
  });
  after(async () => {
    replica?.thaw();
    await node?.stop();
    await Promise.all([replica?.stop(), primary?.stop()]);
  });
  /** As at first, whatever a test did. */
  afterEach(async () => {
    replica.thaw();
    await replica.admin.replicaof("127.0.0.1", primary.port);
    await caughtUp(primary, replica);
  });

  const history = (chatId: string, peer = alice, limit = 50) => peer.call("message.history", { chatId, limit });
  /** A group of both with three messages, and the replica in use. */
  async function group(): Promise<string> {
    const { chatId } = (await alice.call("chat.createGroup", { name: `G${++groups}`, members: [bob.userId] })).chat;
    for (const text of ["one", "two", "three"]) await send(alice, chatId, text);
    await caughtUp(primary, replica);
    await usedAgain(() => history(chatId));
    return chatId;
  }
  const cut = () => replica.admin.replicaof("127.0.0.1", 1);

  test("a page comes from the replica that has everything, and the primary need not read the log", async () => {
    const chatId = await group();
    const [before, beforeThere] = [await rangesReadFrom(primary), await rangesReadFrom(replica)];
    const seen = await outcomes(async () => {
      for (let n = 0; n < 10; n++) assert.deepEqual(told(await history(chatId)), ["one", "two", "three"]);
    });
    assert.deepEqual(seen, { used: 10, behind: 0, away: 0 });
    // What else a node does at times reads logs, too.
    assert.ok((await rangesReadFrom(primary)) < before + 5);
    assert.equal(await rangesReadFrom(replica), beforeThere + 10);
  });

  test("a refusal that the replica proves is one, and costs no second look", async () => {
    const chatId = await group();
    const stranger = await node.connect().register("stranger");
    await caughtUp(primary, replica);
    const seen = await outcomes(() => refused(history(chatId, stranger), "CHAT_NOT_FOUND"));
    assert.deepEqual(seen, { used: 1, behind: 0, away: 0 });
  });

  test("behind a cut link everything that was acknowledged or retracted or taken away is as it is", async () => {
    const chatId = await group();
    await cut();
    const seen = await outcomes(async () => {
      const four = await send(alice, chatId, "four");
      assert.deepEqual(told(await history(chatId)), ["one", "two", "three", "four"]);
      await alice.call("message.retract", { chatId, seq: four - 2 });
      assert.deepEqual(told(await history(chatId, bob)), ["one", "three", "four"]);
      await alice.call("message.edit", { chatId, seq: four, body: { text: "4" } });
      assert.deepEqual(told(await history(chatId, bob)), ["one", "three", "4"]);
      await bob.call("message.hide", { chatId, seqs: [four - 1] });
      assert.deepEqual(told(await history(chatId, bob)), ["one", "4"]);
      await alice.call("member.remove", { chatId, userId: bob.userId });
      await refused(history(chatId, bob), "NOT_MEMBER");
      const { head, messages } = await history(chatId);
      assert.equal(head, messages.at(-1)?.seq);
    });
    assert.deepEqual(seen, { used: 0, behind: 6, away: 0 });
    await replica.admin.replicaof("127.0.0.1", primary.port);
    await usedAgain(() => history(chatId));
    assert.deepEqual(told(await history(chatId)), ["one", "three", "4"]);
  });

  test("a replica that refuses old data while its link is cut is passed over", async () => {
    const chatId = await group();
    await replica.admin.config("SET", "replica-serve-stale-data", "no");
    try {
      await cut();
      // Nothing was written since, so it has everything, and says no all the same.
      const seen = await outcomes(async () => assert.deepEqual(told(await history(chatId)), ["one", "two", "three"]));
      assert.equal(seen.used, 0);
      await send(bob, chatId, "four");
      assert.deepEqual(told(await history(chatId)), ["one", "two", "three", "four"]);
    } finally {
      await replica.admin.config("SET", "replica-serve-stale-data", "yes");
    }
    await replica.admin.replicaof("127.0.0.1", primary.port);
    await usedAgain(() => history(chatId));
  });

  test("a replica that hangs delays one page by a moment, and no other until it answers again", async () => {
    const chatId = await group();
    replica.freeze();
    try {
      await send(alice, chatId, "four");
      const begun = performance.now();
      const seen = await outcomes(async () => {
        for (let n = 0; n < 30; n++) assert.deepEqual(told(await history(chatId)).at(-1), "four");
      });
      assert.ok(performance.now() - begun < 30 * SOON_MS);
      assert.deepEqual(seen, { used: 0, behind: 0, away: 30 });
    } finally {
      replica.thaw();
    }
    await usedAgain(() => history(chatId));
  });

  test("a replica that is killed is not missed, and is of use again when it is back", async () => {
    const chatId = await group();
    await replica.kill();
    try {
      await send(alice, chatId, "four");
      const begun = performance.now();
      for (let n = 0; n < 10; n++) assert.equal(told(await history(chatId)).at(-1), "four");
      assert.ok(performance.now() - begun < 10 * SOON_MS);
    } finally {
      await replica.restart();
    }
    await usedAgain(() => history(chatId));
    assert.equal(told(await history(chatId)).at(-1), "four");
  });

  test("whatever the replica goes through under load, a page has what was acknowledged before it was asked for", async () => {
    const chatId = await group();
    let stopping = false;
    let acknowledged = 0;
    let pages = 0;
    const writer = (async () => {
      for (let n = 0; !stopping; n++) acknowledged = await send(alice, chatId, `${n}`);
    })();
    const readers = [alice, bob, alice].map(async (peer) => {
      while (!stopping) {
        const least = acknowledged;
        const { head, messages } = await history(chatId, peer, 10);
        assert.ok(head >= least, `${head} of ${least}`);
        const seqs = messages.map(({ seq }) => seq);
        assert.deepEqual(
          seqs,
          Array.from({ length: seqs.length }, (_, at) => head - seqs.length + 1 + at),
        );
        pages += 1;
      }
    });
    const enough = async () => {
      const wanted = pages + 15;
      while (pages < wanted) await new Promise((resolve) => setTimeout(resolve, 5));
    };
    const seen = await outcomes(async () => {
      for (let round = 0; round < (process.env.PARLEY_LONG ? 20 : 2); round++) {
        await enough();
        replica.freeze();
        await enough();
        replica.thaw();
        // It counts as away until somebody has looked at it again.
        await usedAgain(enough);
        await cut();
        await enough();
        await replica.admin.replicaof("127.0.0.1", primary.port);
      }
      stopping = true;
      await Promise.all([writer, ...readers]);
    });
    assert.ok(seen.used > 0 && seen.away > 0 && seen.behind > 0, JSON.stringify(seen));
  });
});

test("[NODE-6] [S9] a replica that keeps the tail that a failover lost is not read until it has given it up", async () => {
  const primary = await startRedis();
  const heir = await replicaOf(primary);
  const replica = await replicaOf(primary);
  const door = await FaultProxy.open({ targetPort: primary.port });
  const node = await startDomain({ location: `redis://127.0.0.1:${door.port}/0`, replica: replica.url });
  try {
    const alice = await node.connect().register("alice");
    const { chatId } = (await alice.call("chat.createGroup", { name: "G", members: [] })).chat;
    const history = () => alice.call("message.history", { chatId, limit: 50 });
    await send(alice, chatId, "kept");
    await caughtUp(primary, heir);
    await heir.admin.replicaof("NO", "ONE");
    const lost = await send(alice, chatId, "lost");
    await caughtUp(primary, replica);
    await usedAgain(history);
    assert.deepEqual(told(await history()), ["kept", "lost"]);
    const { epoch } = await history();

    door.retarget(heir.port);
    await primary.kill();
    door.cutAll();
    while ((await history().catch(() => null))?.epoch === epoch || node.opened.epoch() === epoch) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    assert.equal(await send(alice, chatId, "another"), lost);
    const seen = await outcomes(async () => assert.deepEqual(told(await history()), ["kept", "another"]));
    assert.equal(seen.used, 0, "the replica still has the lost tail");
    await replica.admin.replicaof("127.0.0.1", heir.port);
    await usedAgain(history);
    assert.deepEqual(told(await history()), ["kept", "another"]);
  } finally {
    await node.stop();
    await door.close();
    await Promise.all([replica, heir, primary].map((server) => server.stop()));
  }
});

test("[NODE-6] a start says in a line what keeps the replica from being read, and starts", async () => {
  const [primary, other] = await Promise.all([startRedis(), startRedis()]);
  const replica = await replicaOf(primary);
  const warnings = async (url: string) => {
    const parts = { location: primary.url, replica: url, clock: systemClock, random: systemRandom };
    const store = await openStore(parts);
    await store.kv.close();
    return store.warnings.filter((line) => line.startsWith("The replica"));
  };
  try {
    await caughtUp(primary, replica);
    assert.deepEqual(await warnings(replica.url), []);
    assert.match((await warnings(primary.url))[0] ?? "", /it is no replica\.$/);
    await replica.admin.replicaof("127.0.0.1", other.port);
    await caughtUp(other, replica);
    assert.match((await warnings(replica.url))[0] ?? "", /it follows another store/);
    await replica.kill();
    const dead = await warnings(replica.url.replace("//", "//:s3cret@"));
    assert.match(dead[0] ?? "", /^The replica at redis:\S+ is not read: it cannot be reached \(.*ECONNREFUSED/);
    assert.doesNotMatch(dead.join(), /s3cret/);
  } finally {
    await Promise.all([replica, other, primary].map((server) => server.stop()));
  }
});
