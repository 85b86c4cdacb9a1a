import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { MemoryStore } from "../../tests/_util/memory-kv.ts";
import { seededRandom, VirtualTime } from "../../tests/_util/virtual-time.ts";
import { currentEpoch } from "./epoch.ts";
import { EPOCHS } from "./keys.ts";

describe("[S9] the epoch", () => {
  const random = seededRandom(1);
  const store = () => new MemoryStore(new VirtualTime(), "primary-1");

  test("stays while the same primary holds the data, also for other nodes and after restarts", async () => {
    const kv = store().connect();
    const first = await currentEpoch(kv, random);
    assert.match(first, /^1\.[0-9a-f]{12}$/);
    assert.equal(await currentEpoch(kv, random), first);
  });

  test("is raised once for all nodes that notice another primary at the same time", async () => {
    const memory = store();
    const nodes = Array.from({ length: 10 }, () => memory.connect());
    const first = await currentEpoch(memory.connect(), random);
    memory.instance = "primary-2";
    const raised = await Promise.all(nodes.map((kv) => currentEpoch(kv, random)));
    assert.equal(new Set(raised).size, 1);
    assert.match(raised[0] ?? "", /^2\./);
    assert.notEqual(raised[0], first);
  });

  test("is raised again when an earlier primary comes back", async () => {
    const memory = store();
    const kv = memory.connect();
    const epochs = [];
    for (const instance of ["primary-1", "primary-2", "primary-1"]) {
      memory.instance = instance;
      epochs.push(await currentEpoch(kv, random));
    }
    assert.equal(new Set(epochs).size, 3);
  });

  test("has another name when the record of an epoch was itself lost", async () => {
    const memory = store();
    const kv = memory.connect();
    await currentEpoch(kv, random);
    memory.instance = "primary-2";
    const lost = await currentEpoch(kv, random);
    await kv.hashDelete(EPOCHS, "2");
    memory.instance = "primary-3";
    const next = await currentEpoch(kv, random);
    assert.match(next, /^2\./);
    assert.notEqual(next, lost);
  });
});
