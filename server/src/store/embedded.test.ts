import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import type { Clock } from "@parley/protocol";
import { openEmbedded } from "./embedded.ts";
import type { Kv } from "./kv.ts";
import { Commits } from "./lmdb/commits.ts";
import { type Environment, KEY_MAX_BYTES, openEnvironment } from "./lmdb/environment.ts";
import { Heads } from "./lmdb/head.ts";
import { Sweep } from "./lmdb/sweep.ts";

/** Time that stands still, and no timers. */
class StillClock implements Clock {
  ms = 1_700_000_000_000;
  now(): number {
    return this.ms;
  }
  monotonic(): number {
    return this.ms;
  }
  after(): () => void {
    return () => {};
  }
}

describe("the embedded store", () => {
  const clock = new StillClock();
  let path: string;
  let kv: Kv;
  beforeEach(async () => {
    path = await mkdtemp(join(tmpdir(), "parley-embedded-"));
    kv = openEmbedded({ path, clock });
  });
  afterEach(async () => {
    await kv.close();
    await rm(path, { recursive: true });
  });

  test("data and instance outlive the process", async () => {
    await kv.listPush("l", "a");
    const instance = await kv.instance();
    await kv.close();
    kv = openEmbedded({ path, clock });
    assert.deepEqual(await kv.listRange("l", 0, 9), ["a"]);
    assert.equal(await kv.listPush("l", "b"), 2);
    assert.equal(await kv.instance(), instance);
  });

  test("closing waits for what was asked for before it", async () => {
    const pushes = Array.from({ length: 500 }, (_, at) => kv.listPush("l", String(at)));
    await kv.close();
    assert.equal((await Promise.all(pushes)).at(-1), 500);
    kv = openEmbedded({ path, clock });
    assert.equal(await kv.listLength("l"), 500);
  });

  test("keys, fields and members up to the limit are stored, longer ones are refused", async () => {
    const longest = "ä".repeat(KEY_MAX_BYTES / 2 - 1) + "xxx".slice(0, KEY_MAX_BYTES % 2 === 0 ? 2 : 3);
    assert.equal(Buffer.byteLength(longest), KEY_MAX_BYTES);
    await kv.set(longest, "s");
    await kv.hashSet("h", longest, "f");
    await kv.sortedAdd("z", 1, longest);
    await kv.setNx(`${longest.slice(0, -1)}y`, "with a time to live", 10);
    assert.equal(await kv.get(longest), "s");
    assert.deepEqual(await kv.hashGetAll("h"), { [longest]: "f" });
    assert.deepEqual(await kv.sortedNewest("z", 1), [longest]);
    for (const attempt of [
      () => kv.set(`${longest}x`, "s"),
      () => kv.get(`${longest}x`),
      () => kv.hashSet("h", `${longest}x`, "f"),
      () => kv.setAdd("s", `${longest}x`),
      () => kv.sortedAdd("z", 1, `${longest}x`),
    ]) {
      await assert.rejects(attempt, RangeError);
    }
    assert.equal(await kv.exists("s"), false);
    assert.equal(await kv.sortedLength("z"), 1);
  });

  test("a write that fails half way is undone, and those beside it are not", async () => {
    const long = "x".repeat(KEY_MAX_BYTES + 1);
    const outcomes = await Promise.allSettled([
      kv.hashSet("a", "f", "1"),
      kv.hashSetMany("b", { fine: "1", [long]: "2" }),
      kv.hashSet("c", "f", "1"),
    ]);
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ["fulfilled", "rejected", "fulfilled"],
    );
    assert.deepEqual(await kv.hashGetAll("b"), {});
    assert.equal(await kv.hashGet("a", "f"), "1");
    assert.equal(await kv.hashGet("c", "f"), "1");
  });

  test("a scan goes on to the end while others write, and ends when the collection is deleted", async () => {
    await kv.hashSetMany("h", Object.fromEntries(Array.from({ length: 1_000 }, (_, at) => [`f${at}`, "v"])));
    const seen = new Set<string>();
    for await (const [field] of kv.hashScan("h")) {
      seen.add(field);
      if (seen.size === 300) await kv.hashDelete("h", "f0", "f999");
    }
    assert.ok(seen.size >= 998);
    let count = 0;
    for await (const _ of kv.hashScan("h")) {
      if (++count === 300) await kv.delete("h");
    }
    assert.ok(count < 998);
  });

  test("a bucket's expiry follows its newest claim, an hour late at most", async () => {
    const append = (id: string) =>
      kv.appendOnce({
        log: "m",
        bucket: "d",
        bucketTtlSeconds: 10_000,
        id,
        entry: "{}",
        sentAt: 1,
        epoch: "1",
      });
    await append("u:1");
    clock.ms += 9_000_000;
    await append("u:2");
    clock.ms += 9_999_000;
    assert.equal((await append("u:2")).duplicate, true);
    clock.ms += 10_000_000 + 3600_000;
    assert.equal(await kv.exists("d"), false);
  });

  test("an unknown format is refused", async () => {
    await kv.close();
    const env = openEnvironment(path);
    await env.system.put("format", "999");
    await env.root.close();
    assert.throws(() => openEmbedded({ path, clock }), /format 999/);
    // For `afterEach`.
    await rm(path, { recursive: true });
    kv = openEmbedded({ path, clock });
  });
});

describe("the sweep", () => {
  const clock = new StillClock();
  let path: string;
  let env: Environment;
  let kv: Kv;
  let sweep: Sweep;
  beforeEach(async () => {
    path = await mkdtemp(join(tmpdir(), "parley-embedded-"));
    kv = openEmbedded({ path, clock });
    env = openEnvironment(path);
    const heads = new Heads(env, () => clock.now());
    sweep = new Sweep(env, heads, new Commits(env.root), clock);
  });
  afterEach(async () => {
    await sweep.stop();
    await env.root.close();
    await kv.close();
    await rm(path, { recursive: true });
  });

  const rows = () => {
    env.root.resetReadTxn();
    return [env.heads, env.entries, env.expiring, env.garbage].map((table) => table.getCount());
  };

  test("nothing is left of what was deleted or has expired, and nothing else is touched", async () => {
    await kv.hashSetMany("deleted", Object.fromEntries(Array.from({ length: 1_000 }, (_, at) => [`f${at}`, "v"])));
    await kv.delete("deleted");
    await kv.setNx("expires", "v", 10);
    await kv.sortedAdd("expires too", 1, "m");
    await kv.expire("expires too", 10);
    await kv.listPush("slid", "v");
    await kv.expire("slid", 10);
    await kv.expire("slid", 100);
    await kv.listPush("stays", "v");
    clock.ms += 10_000;
    await sweep.run();
    // The two lists with an entry each, and when the one expires.
    assert.deepEqual(rows(), [2, 2, 1, 0]);
    assert.deepEqual(await kv.listRange("stays", 0, 1), ["v"]);
    assert.equal(await kv.exists("slid"), true);
    clock.ms += 90_000;
    await sweep.run();
    assert.deepEqual(rows(), [1, 1, 0, 0]);
  });
});
