import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";
import { describe, test } from "node:test";
import { systemClock, systemRandom } from "../src/platform.ts";
import { type Append, StoreUnavailable } from "../src/store/kv.ts";
import { type OpenStore, openStore, type StoreOptions } from "../src/store/open-store.ts";
import { openRedis } from "../src/store/redis.ts";
import { FaultProxy } from "./_util/fault-proxy.ts";
import { PATIENCE_MS, turnsUntil } from "./_util/patience.ts";
import { DURABLE, type RedisServer, startRedis, startRedisCluster, startSentinel } from "./_util/redis.ts";
import { startReplicatedCluster } from "./_util/replicated.ts";

const open = (location: string, more: Partial<StoreOptions> = {}) =>
  openStore({ location, clock: systemClock, random: systemRandom, ...more });

function message(clientId: string, more: Partial<Append> = {}): Append {
  return {
    log: "c:{chat}:m",
    bucket: "c:{chat}:d:1",
    bucketTtlSeconds: 1_000,
    id: `u:${clientId}`,
    entry: JSON.stringify({ sender: "u", clientId, sentAt: 1 }),
    sentAt: 1,
    epoch: "1",
    ...more,
  };
}

/** A client has read by then what came over another connection. */
const TAKEN_IN_MS = 100;

/** Runs the test on a server of its own. */
async function withRedis(settings: readonly string[], run: (server: RedisServer) => Promise<void>): Promise<void> {
  const server = await startRedis(settings);
  try {
    await run(server);
  } finally {
    await server.stop();
  }
}

/** Until the store takes the command again. */
async function eventually<T>(command: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await command();
    } catch (error) {
      if (!(error instanceof StoreUnavailable) || performance.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}

describe("starting on a Redis", { concurrency: 2 }, () => {
  test("durable settings pass in silence", () =>
    withRedis(DURABLE, async ({ url }) => {
      const store = await open(url);
      assert.deepEqual(store.warnings, []);
      assert.equal(store.description, url);
      await store.kv.close();
    }));

  test("a policy that evicts is refused", () =>
    withRedis([...DURABLE, "--maxmemory-policy", "allkeys-lru"], async ({ url }) => {
      await assert.rejects(open(url), /^Error: The store at redis:\S+ cannot be used: .*maxmemory-policy noeviction$/);
    }));

  test("no persistence is refused, unless volatile data is allowed", () =>
    withRedis(["--appendonly", "no", "--save", ""], async ({ url }) => {
      await assert.rejects(open(url), /appendonly yes and appendfsync always/);
      const store = await open(url, { allowVolatile: true });
      assert.equal(store.warnings.length, 1);
      await store.kv.close();
    }));

  test("a fsync each second, and replicas that nobody waits for, are said in a line each", () =>
    withRedis(["--appendonly", "yes", "--appendfsync", "everysec"], ({ url, port }) =>
      withRedis([...DURABLE, "--replicaof", "127.0.0.1", String(port)], async (replica) => {
        await turnsUntil(
          async () => (await replica.admin.info("replication")).includes("master_link_status:up"),
          () => "the link of the replica",
        );
        const store = await open(url);
        assert.equal(store.warnings.length, 2);
        assert.match(store.warnings[0] ?? "", /appendfsync always$/);
        assert.match(store.warnings[1] ?? "", /min-replicas-to-write 1$/);
        for (const warning of store.warnings) assert.doesNotMatch(warning, /\n/);
        await store.kv.close();
      }),
    ));

  test("settings that may not be read are said; the password is not", () =>
    withRedis(DURABLE, async ({ port, admin }) => {
      await admin.call("ACL", "SETUSER", "parley", "on", ">s3cret", "~*", "&*", "+@all", "-config");
      const store = await open(`redis://parley:s3cret@127.0.0.1:${port}/0`);
      assert.equal(store.warnings.length, 1);
      assert.match(store.warnings[0] ?? "", /cannot be read/);
      assert.doesNotMatch(`${store.warnings} ${store.description}`, /s3cret/);
      await store.kv.close();
    }));

  test("a wrong password, a replica, and a port that nobody listens on are named", async () => {
    await withRedis([...DURABLE, "--requirepass", "right"], async ({ port }) => {
      const wrong = open(`redis://:wr0ng@127.0.0.1:${port}`, { timeoutMs: 500 });
      await assert.rejects(wrong, (error: Error) => /WRONGPASS/.test(error.message) && !/wr0ng/.test(error.message));
    });
    await withRedis([...DURABLE, "--replicaof", "127.0.0.1", "1"], async ({ url }) => {
      await assert.rejects(open(url, { timeoutMs: 500 }), /replica/);
    });
    const free = createServer().listen(0, "127.0.0.1");
    await once(free, "listening");
    const { port } = free.address() as { port: number };
    free.close();
    await assert.rejects(open(`redis://127.0.0.1:${port}`, { timeoutMs: 500 }), /cannot be reached.*ECONNREFUSED/);
  });
});

describe("a Redis that fails", { concurrency: 3 }, () => {
  test("[S9] a restart begins an epoch, before anything is appended", () =>
    withRedis(DURABLE, async (server) => {
      const epochs: string[] = [];
      const store = await open(server.url, { onEpoch: (epoch) => epochs.push(epoch) });
      const first = store.epoch();
      await store.kv.appendOnce(message("a"));
      await server.kill();
      await assert.rejects(store.kv.appendOnce(message("b")), StoreUnavailable);
      await server.restart();
      const epochOfAppend = await eventually(async () => {
        const { seq } = await store.kv.appendOnce(message("b"));
        assert.equal(seq, 2);
        return store.epoch();
      });
      assert.notEqual(epochOfAppend, first);
      assert.deepEqual(epochs, [epochOfAppend]);
      // Another node agrees.
      const other = await open(server.url);
      assert.equal(other.epoch(), epochOfAppend);
      await Promise.all([store.kv.close(), other.kv.close()]);
    }));

  test("a command made while the link is down waits for it, and gives up in time", () =>
    withRedis(DURABLE, async (server) => {
      const { kv } = await open(server.url);
      await kv.set("k", "v");
      await server.kill();
      // The first may be on its way when the link breaks; then the break is known.
      await assert.rejects(kv.get("k"), StoreUnavailable);
      const waiting = kv.get("k");
      await server.restart();
      assert.equal(await waiting, "v");
      await server.kill();
      const started = performance.now();
      await assert.rejects(kv.get("k"), StoreUnavailable);
      await assert.rejects(kv.get("k"), StoreUnavailable);
      assert.ok(performance.now() - started < 10_000);
      await kv.close();
    }));

  test("a server that accepts and never answers makes the command unknown, not for ever waiting", () =>
    withRedis(DURABLE, async (server) => {
      const { kv } = await open(server.url);
      server.freeze();
      await assert.rejects(kv.listPush("l", "x"), StoreUnavailable);
      server.thaw();
      assert.ok((await eventually(() => kv.listLength("l"))) <= 1);
      await kv.close();
    }));

  test("an error of the store holds no message and no argument", () =>
    withRedis(DURABLE, async ({ url }) => {
      const { kv } = await open(url);
      await kv.set("k", "v");
      await assert.rejects(kv.listPush("k", "private words"), (error: Error) => {
        assert.doesNotMatch(JSON.stringify({ ...error, stack: error.stack, message: error.message }), /private/);
        assert.equal(error.cause, undefined);
        return true;
      });
      await kv.close();
    }));

  for (const script of [true, false]) {
    test(`[MSG-1] kill -9 under load loses and doubles nothing (${script ? "script" : "portable"})`, () =>
      withRedis(DURABLE, async (server) => {
        const { kv } = await openRedis({ url: server.url, clock: systemClock, script });
        const acknowledged = new Map<string, number>();
        let stopping = false;
        const clients = Array.from({ length: 20 }, async () => {
          while (!stopping) {
            const clientId = randomUUID();
            const { seq } = await eventually(() => kv.appendOnce(message(clientId)));
            assert.equal(acknowledged.get(clientId), undefined);
            acknowledged.set(clientId, seq);
          }
        });
        for (let kills = 0; kills < (process.env.PARLEY_LONG ? 30 : 3); kills++) {
          const enough = acknowledged.size + 200 + Math.floor(Math.random() * 300);
          await turnsUntil(
            () => acknowledged.size >= enough,
            () => `${enough} to be acknowledged, not ${acknowledged.size}`,
          );
          await server.kill();
          await server.restart();
        }
        stopping = true;
        await Promise.all(clients);
        const log = await kv.listRange("c:{chat}:m", 0, Number.MAX_SAFE_INTEGER);
        const ids = log.map((entry) => (JSON.parse(entry) as { clientId?: string }).clientId);
        for (const [clientId, seq] of acknowledged) assert.equal(ids[seq - 1], clientId);
        const live = ids.filter((id) => id !== undefined);
        assert.equal(new Set(live).size, live.length);
        await kv.close();
      }));
  }

  test("[MSG-1] nodes with and without the script may share a chat", () =>
    withRedis(DURABLE, async ({ url }) => {
      const nodes = await Promise.all(
        [true, false, true, false].map((script) => openRedis({ url, clock: systemClock, script })),
      );
      const ids = Array.from({ length: 100 }, () => randomUUID());
      const seqs = await Promise.all(
        ids.map(async (id) => {
          const answers = await Promise.all(nodes.map(({ kv }) => kv.appendOnce(message(id))));
          assert.equal(new Set(answers.map(({ seq }) => seq)).size, 1);
          return answers[0]?.seq;
        }),
      );
      assert.deepEqual(
        seqs.sort((a = 0, b = 0) => a - b),
        ids.map((_, at) => at + 1),
      );
      await Promise.all(nodes.map(({ kv }) => kv.close()));
    }));

  test("[S9] a part of a cluster that restarts begins an epoch; then all parts are served again", async () => {
    const cluster = await startRedisCluster();
    const store = await open(cluster.url);
    const before = store.epoch();
    const keys = Array.from({ length: 60 }, (_, at) => `k:{${at}}`);
    await Promise.all(keys.map((key) => store.kv.set(key, key)));
    await cluster.nodes[1]?.kill();
    await cluster.nodes[1]?.restart();
    for (const key of keys) assert.equal(await eventually(() => store.kv.get(key)), key);
    assert.deepEqual(await store.kv.getMany(keys), keys);
    assert.notEqual(store.epoch(), before);
    await store.kv.close();
    await cluster.stop();
  });

  test("[S9] a replica takes over while its primary lives: the epoch is raised before anything is appended there", async () => {
    const cluster = await startReplicatedCluster();
    const store = await open(cluster.url);
    const before = store.epoch();
    await store.kv.appendOnce(message("kept"));
    const pair = await cluster.pairOf(message("").log);
    const { primary, replica } = pair;
    await turnsUntil(
      async () => (await replica.admin.llen(message("").log)) > 0,
      () => "the entry at the replica",
    );
    await pair.cut();
    await store.kv.appendOnce(message("lost"));
    await replica.admin.cluster("FAILOVER", "TAKEOVER");
    await turnsUntil(
      async () => (await primary.admin.info("replication")).includes("role:slave"),
      () => "the primary to hear of it",
    );
    const { seq } = await eventually(() => store.kv.appendOnce(message("other")));
    assert.equal(seq, 2);
    assert.notEqual(store.epoch(), before);
    await store.kv.close();
    await cluster.stop();
  });

  test("closing waits for what was asked for before it", () =>
    withRedis(DURABLE, async ({ url, admin }) => {
      const { kv } = await open(url);
      const pushes = Array.from({ length: 300 }, (_, at) => kv.listPush("l", String(at)));
      await kv.close();
      assert.equal((await Promise.all(pushes)).at(-1), 300);
      assert.equal(await admin.llen("l"), 300);
      await assert.rejects(kv.get("k"), StoreUnavailable);
    }));

  test("[S9] Sentinel promotes the replica: the epoch is raised and appends go on there", () =>
    withRedis(DURABLE, (primary) =>
      withRedis([...DURABLE, "--replicaof", "127.0.0.1", String(primary.port)], async (replica) => {
        const sentinel = await startSentinel("main", primary.port);
        const store: OpenStore = await open(`redis+sentinel://127.0.0.1:${sentinel.port}/main`);
        const before = store.epoch();
        await store.kv.appendOnce(message("a"));
        await turnsUntil(
          async () => (await replica.admin.llen("c:{chat}:m")) > 0,
          () => "the entry at the replica",
        );
        await primary.kill();
        const { seq } = await eventually(() => store.kv.appendOnce(message("b")));
        assert.equal(seq, 2);
        assert.equal(await replica.admin.llen("c:{chat}:m"), 2);
        assert.notEqual(store.epoch(), before);
        await store.kv.close();
        await sentinel.stop();
      }),
    ));

  test("Sentinel tells of the new primary in the moment in which it is asked for it: the store comes back all the same", () =>
    withRedis(DURABLE, (primary) =>
      withRedis([...DURABLE, "--replicaof", "127.0.0.1", String(primary.port)], async () => {
        const sentinel = await startSentinel("main", primary.port);
        let tell = () => {};
        const told = new Promise<void>((resolve) => {
          tell = resolve;
        });
        let dead = false;
        // What Sentinel answers once the primary has gone is held up, until it has told of the next one.
        const wire = await FaultProxy.open({
          targetPort: sentinel.port,
          fault: (chunk, direction) => {
            if (!dead || direction === "toServer") return { pass: chunk };
            if (!chunk.includes("switch-master")) return { hold: told };
            setTimeout(tell, TAKEN_IN_MS);
            return { pass: chunk };
          },
        });
        const store = await open(`redis+sentinel://127.0.0.1:${wire.port}/main`);
        await store.kv.set("k", "1");
        dead = true;
        await primary.kill();
        await told;
        await eventually(() => store.kv.set("k", "2"));
        await store.kv.close();
        await wire.close();
        await sentinel.stop();
      }),
    ));
});
