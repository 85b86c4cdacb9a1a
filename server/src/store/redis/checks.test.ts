import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { judge, type ServerFacts } from "./checks.ts";

/** As redis-server answers with appendonly yes and appendfsync always. */
function facts(settings: Record<string, string> | null, info: Record<string, string> = {}): ServerFacts {
  const good = { "maxmemory-policy": "noeviction", appendonly: "yes", save: "", appendfsync: "always" };
  return {
    info: new Map(Object.entries({ redis_version: "7.0.15", aof_enabled: "1", connected_slaves: "0", ...info })),
    settings: settings === null ? null : new Map(Object.entries({ ...good, ...settings })),
  };
}

const warningsOf = (seen: ServerFacts, allowVolatile = false) => judge(seen, allowVolatile).warnings.join("\n");
const refusalOf = (seen: ServerFacts, allowVolatile = false) => judge(seen, allowVolatile).refusal ?? "";

describe("checks of a Redis", () => {
  test("durable settings pass in silence", () => {
    assert.deepEqual(judge(facts({}), false), { refusal: null, warnings: [] });
  });

  test("any policy that evicts is refused, also when only INFO tells it", () => {
    for (const policy of ["allkeys-lru", "volatile-ttl", "volatile-lru", "allkeys-random"]) {
      assert.match(refusalOf(facts({ "maxmemory-policy": policy })), /noeviction/);
    }
    assert.match(refusalOf(facts(null, { maxmemory_policy: "allkeys-lfu" })), /noeviction/);
  });

  test("neither AOF nor snapshots is refused, unless it is allowed", () => {
    const volatile = facts({ appendonly: "no", save: "" });
    assert.match(refusalOf(volatile), /--allow-volatile/);
    assert.equal(refusalOf(volatile, true), "");
    assert.match(warningsOf(volatile, true), /restart loses everything/);
  });

  test("what may lose a little is said", () => {
    assert.match(warningsOf(facts({ appendfsync: "everysec" })), /last second/);
    assert.match(warningsOf(facts({ appendonly: "no", save: "3600 1" })), /snapshots/);
    const replicas = facts({ "min-replicas-to-write": "0" }, { connected_slaves: "2" });
    assert.match(warningsOf(replicas), /2 replicas are connected/);
    assert.equal(warningsOf(facts({ "min-replicas-to-write": "1" }, { connected_slaves: "2" })), "");
  });

  test("settings that cannot be read are said, not guessed", () => {
    assert.match(warningsOf(facts(null)), /cannot be read/);
    assert.equal(refusalOf(facts(null, { aof_enabled: "0" })), "");
  });

  test("servers that keep data on disk are not asked for an AOF; Pika's cache is refused", () => {
    const settings = { appendonly: "no", save: "" };
    assert.deepEqual(judge(facts(settings, { kvrocks_version: "2.9" }), false), { refusal: null, warnings: [] });
    const pika = { pika_version: "4.0.1" };
    assert.equal(refusalOf(facts({ ...settings, "cache-model": "0" }, pika)), "");
    assert.match(refusalOf(facts({ ...settings, "cache-model": "1" }, pika)), /cache-model 0/);
    const replicated = (level: string) =>
      facts({ ...settings, "consensus-level": level }, { ...pika, connected_slaves: "1" });
    assert.match(warningsOf(replicated("0")), /1 replica is connected.*consensus-level 1/);
    assert.equal(warningsOf(replicated("1")), "");
  });
});
