import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { systemClock } from "../src/platform.ts";
import { SCHEMA } from "../src/store/keys.ts";
import type { Kv } from "../src/store/kv.ts";
import { type Migration, SCHEMA_VERSION, settleSchema } from "../src/store/schema.ts";
import { MemoryStore } from "./_util/memory-kv.ts";
import { startNode } from "./_util/node.ts";
import { startRedis } from "./_util/redis.ts";

const fresh = () => new MemoryStore(systemClock).connect({ script: true });

/** Turns `old:n` into `new:n`, one key after the other; dies before the key `dies`. */
function renaming(keys: readonly string[], dies = -1): Migration & { runs: number } {
  const migration = {
    to: 2,
    runs: 0,
    async run(store: Kv) {
      migration.runs += 1;
      for (const [at, key] of keys.entries()) {
        if (at === dies) throw new Error("died");
        const value = await store.get(`old:${key}`);
        if (value !== null) await store.setNx(`new:${key}`, value);
        await store.delete(`old:${key}`);
      }
    },
  };
  return migration;
}

describe("the form of a store", () => {
  test("is written down at the first start, and found at the next", async () => {
    const store = fresh();
    assert.deepEqual(await settleSchema(store, 1), []);
    assert.deepEqual(await store.hashGetAll(SCHEMA), { [SCHEMA_VERSION]: "1" });
    assert.deepEqual(await settleSchema(store, 2), []);
    assert.deepEqual(await store.hashGetAll(SCHEMA), { [SCHEMA_VERSION]: "1" });
  });

  test("a migration that died is done again, by several nodes at once, and never after it was done", async () => {
    const store = fresh();
    const keys = ["a", "b", "c"];
    for (const key of keys) await store.set(`old:${key}`, key);
    const dying = renaming(keys, 1);
    await assert.rejects(settleSchema(store, 1, { version: 2, migrations: [dying] }), /died/);
    assert.deepEqual(await store.hashGetAll(SCHEMA), {}, "it is not taken for done");
    const nodes = [renaming(keys), renaming(keys), renaming(keys)];
    await Promise.all(nodes.map((migration) => settleSchema(store, 2, { version: 2, migrations: [migration] })));
    assert.deepEqual(await store.getMany(["new:a", "new:b", "new:c", "old:a", "old:b", "old:c"]), [
      ...keys,
      null,
      null,
      null,
    ]);
    const late = renaming(keys);
    assert.deepEqual(await settleSchema(store, 3, { version: 2, migrations: [late] }), []);
    assert.equal(late.runs, 0);
  });

  test("a newer one is refused in words, and the node does not start", async () => {
    const redis = await startRedis();
    try {
      await redis.admin.hset(SCHEMA, String(SCHEMA_VERSION + 1), "1");
      await assert.rejects(startNode({ store: redis.url }), {
        name: "ConfigError",
        message: /written by a newer Parley/,
      });
    } finally {
      await redis.stop();
    }
  });
});
