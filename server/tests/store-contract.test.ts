import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe } from "node:test";
import type { Clock } from "@parley/protocol";
import { systemClock } from "../src/platform.ts";
import { openEmbedded } from "../src/store/embedded.ts";
import { FollowingStore } from "../src/store/ipc/follower.ts";
import { describeKv, type KvUnderTest } from "../src/store/kv.contract.ts";
import { openRedis } from "../src/store/redis.ts";
import { forkUtility } from "./_util/forked.ts";
import { MemoryStore } from "./_util/memory-kv.ts";
import { startRedis, startRedisCluster } from "./_util/redis.ts";

// Each has its own store, and mostly waits for times to live to end.
describe("store drivers", { concurrency: true }, () => {
  describeKv("embedded", async () => {
    const path = await mkdtemp(join(tmpdir(), "parley-embedded-"));
    const { clock, pass } = adjustableClock();
    const kv = openEmbedded({ path, clock });
    return {
      kv,
      appendsIf: true,
      pass,
      async close() {
        await kv.close();
        await rm(path, { recursive: true });
      },
    };
  });

  describeKv("embedded, owned by another process", async () => {
    const path = await mkdtemp(join(tmpdir(), "parley-embedded-"));
    const { clock, pass, ahead } = adjustableClock();
    const owner = forkUtility("store-owner-process", [path]);
    await owner.pipe.ask("ahead", 0);
    const kv = new FollowingStore(openEmbedded({ path, clock, readOnly: true }), owner.pipe);
    return {
      kv,
      appendsIf: true,
      async pass(seconds) {
        await pass(seconds);
        await owner.pipe.ask("ahead", ahead());
      },
      async close() {
        await kv.close();
        await owner.pipe.ask("close", null);
        await owner.kill();
        await rm(path, { recursive: true });
      },
    };
  });

  for (const script of [true, false]) {
    describeKv(`memory for simulations${script ? "" : ", portable"}`, async () => {
      const { clock, pass } = adjustableClock();
      const kv = new MemoryStore(clock).connect({ script });
      return { kv, appendsIf: script, pass, close: () => kv.close() };
    });
  }

  describeKv("redis-server with the script", () => openSingle(true));
  describeKv("redis-server, portable", () => openSingle(false));

  describeKv("Redis Cluster of three", async () => {
    const cluster = await startRedisCluster();
    const { kv } = await openRedis({ url: cluster.url, clock: systemClock });
    return { kv, appendsIf: false, pass: passReally, close: () => kv.close().then(cluster.stop) };
  });
});

async function openSingle(script: boolean): Promise<KvUnderTest> {
  const server = await startRedis();
  const { kv } = await openRedis({ url: server.url, clock: systemClock, script });
  return { kv, appendsIf: script, pass: passReally, close: () => kv.close().then(server.stop) };
}

function adjustableClock(): { clock: Clock; pass(seconds: number): Promise<void>; ahead(): number } {
  let ahead = 0;
  return {
    clock: { ...systemClock, now: () => systemClock.now() + ahead },
    pass: async (seconds) => {
      ahead += seconds * 1000;
    },
    ahead: () => ahead,
  };
}

/** A Redis has its own clock, which only real time moves. */
function passReally(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}
