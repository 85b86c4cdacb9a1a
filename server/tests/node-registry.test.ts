import assert from "node:assert/strict";
import { test } from "node:test";
import { BEAT_MS, LEASE_MS, NodeRegistry } from "../src/live/node-registry.ts";
import { writeBeat } from "../src/live/node-standing.ts";
import { NODES } from "../src/store/keys.ts";
import { MemoryStore } from "./_util/memory-kv.ts";
import { PROMPT } from "./_util/memory-link.ts";
import { SimulatedProcess, VirtualTime } from "./_util/virtual-time.ts";

const LOST = { thereMs: Number.POSITIVE_INFINITY, backMs: 0 };

/** Nodes of one store, in time that a test lets pass. */
class Deployment {
  readonly time = new VirtualTime();
  readonly store = new MemoryStore(this.time);

  async node(name: string, standing: { url?: string | null; connections?: number; lagMs?: number } = {}) {
    const process = new SimulatedProcess(this.time);
    const said = { url: `https://${name}.example`, connections: 0, lagMs: 0, ...standing };
    let cut = false;
    const registry = new NodeRegistry({
      store: this.store.connect({ clock: process, timeoutMs: 1_000, fate: () => (cut ? LOST : PROMPT) }),
      clock: process,
      nodeId: name,
      onDeath: () => {},
      standing: () => said,
    });
    const started = registry.start();
    await this.pass(1);
    await started;
    return { said, process, registry, cut: () => (cut = true), mend: () => (cut = false) };
  }

  pass(ms: number): Promise<void> {
    return this.time.run(this.time.now() + ms);
  }
}

const located = (registry: NodeRegistry, times = 1) => Array.from({ length: times }, () => registry.locate());

test("[NODE-4] a node alone sends people to itself, or to nobody where it has no address", async () => {
  const { registry } = await new Deployment().node("east");
  assert.deepEqual(located(registry), ["https://east.example"]);
  const nameless = await new Deployment().node("east", { url: null });
  assert.deepEqual(located(nameless.registry), [null]);
});

test("[NODE-4] a dead node is not handed out after its lease, by nobody", async () => {
  const deployment = new Deployment();
  const busy = { connections: 1_000 };
  const [east, west, idle] = [
    await deployment.node("east", busy),
    await deployment.node("west", busy),
    await deployment.node("idle"),
  ];
  await deployment.pass(2 * BEAT_MS);
  for (const { registry } of [east, west]) assert.deepEqual(located(registry), ["https://idle.example"]);
  idle.process.crash();
  // What was on its way when it died is a beat of a living node.
  await deployment.pass(BEAT_MS + LEASE_MS);
  for (const { registry } of [east, west]) {
    assert.ok(!located(registry, 100).includes("https://idle.example"));
    assert.equal(registry.hasFellows, true);
  }
});

test("[NODE-4] who stood still longer than a lease takes nobody for alive by what was written meanwhile", async () => {
  const deployment = new Deployment();
  const east = await deployment.node("east", { connections: 1_000 });
  const [dies, lives] = [await deployment.node("dies"), await deployment.node("lives", { connections: 10 })];
  await deployment.pass(2 * BEAT_MS);
  east.process.stall(3 * LEASE_MS);
  await deployment.pass(2 * LEASE_MS);
  dies.process.crash();
  await deployment.pass(LEASE_MS + 1);
  for (let beats = 0; beats < 4; beats++) {
    assert.ok(!located(east.registry, 50).includes("https://dies.example"));
    await deployment.pass(BEAT_MS);
  }
  assert.equal(await east.registry.isAlive("lives"), true);
  assert.equal(lives.registry.locate(), "https://lives.example");
  assert.ok(located(east.registry, 50).includes("https://lives.example"), "it has beaten since");
});

test("[NODE-4] what a node left in the store years ago, or will write tomorrow, sends nobody there", async () => {
  const deployment = new Deployment();
  const kv = deployment.store.connect();
  const standing = { url: "https://ghost.example", connections: 0, lagMs: 0, draining: false };
  await kv.hashSet(NODES, "past", writeBeat(7, standing, 0));
  await kv.hashSet(NODES, "future", writeBeat(7, standing, 9e15));
  const { registry } = await deployment.node("east", { connections: 1_000 });
  for (let beats = 0; beats < 4; beats++) {
    assert.deepEqual(located(registry, 5), Array(5).fill("https://east.example"));
    assert.equal(registry.hasFellows, false);
    await deployment.pass(BEAT_MS);
  }
});

test("[NODE-4] nobody is sent to a node that drains: at once by itself, after a beat by all", async () => {
  const deployment = new Deployment();
  const east = await deployment.node("east", { connections: 1_000 });
  const west = await deployment.node("west");
  await deployment.pass(2 * BEAT_MS);
  void west.registry.drain();
  assert.deepEqual(located(west.registry), ["https://east.example"]);
  await deployment.pass(BEAT_MS);
  assert.deepEqual(located(east.registry, 50), Array(50).fill("https://east.example"));
  assert.equal(east.registry.hasFellows, false);
  void east.registry.drain();
  await deployment.pass(BEAT_MS);
  assert.deepEqual([...located(east.registry), ...located(west.registry)], [null, null], "all go: there is none");
  assert.equal(await west.registry.isAlive("east"), true, "who drains still serves who is there");
});

test("[NODE-4] the least loaded is handed out, and who was sent there counts before it says so", async () => {
  const deployment = new Deployment();
  const east = await deployment.node("east", { connections: 10 });
  const west = await deployment.node("west", { connections: 13 });
  const late = await deployment.node("late", { connections: 0, lagMs: 400 });
  await deployment.pass(2 * BEAT_MS);
  const sent = located(east.registry, 9);
  assert.equal(sent.filter((url) => url === "https://east.example").length, 6);
  assert.equal(sent.filter((url) => url === "https://west.example").length, 3);
  late.said.lagMs = 20;
  await deployment.pass(2 * BEAT_MS);
  assert.deepEqual(located(east.registry, 8), Array(8).fill("https://late.example"));
  assert.deepEqual(located(west.registry), ["https://late.example"]);
});

test("[NODE-4] a node that the store does not hear counts on nobody, itself included, until it does", async () => {
  const deployment = new Deployment();
  const east = await deployment.node("east");
  await deployment.node("west");
  await deployment.pass(2 * BEAT_MS);
  east.cut();
  await deployment.pass(LEASE_MS + BEAT_MS);
  assert.deepEqual(located(east.registry), [null]);
  east.mend();
  await deployment.pass(3 * BEAT_MS);
  assert.notEqual(east.registry.locate(), null);
});

test("[NODE-4] what is no standing sends nobody anywhere", async () => {
  const deployment = new Deployment();
  const kv = deployment.store.connect();
  const { registry } = await deployment.node("east", { connections: 5 });
  const odd = ["{", "null", "[]", '{"url":7}', '{"url":"javascript:alert(1)"}', '{"url":"https://x.example"}', "1", ""];
  for (let beats = 1; beats < 4; beats++) {
    for (const [n, text] of odd.entries())
      await kv.hashSet(NODES, `odd${n}`, `${beats},${text} ${deployment.time.now()}`);
    await kv.hashSet(NODES, "older", `${beats} ${deployment.time.now()}`);
    await deployment.pass(BEAT_MS);
  }
  assert.deepEqual(located(registry, 20), Array(20).fill("https://east.example"));
  assert.equal(await registry.isAlive("older"), true);
});
