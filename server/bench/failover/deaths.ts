import { setTimeout as pause } from "node:timers/promises";
import { chatLog } from "../../src/store/keys.ts";
import { uuidv7 } from "../../tests/_util/client-ids.ts";
import { startNats } from "../../tests/_util/nats.ts";
import type { SpawnedServer } from "../../tests/_util/node.ts";
import { Outages } from "../../tests/_util/outages.ts";
import { startRedis } from "../../tests/_util/redis.ts";
import { type ReplicatedRedis, startReplicated, startReplicatedCluster } from "../../tests/_util/replicated.ts";
import { Scene, stopwatch } from "./scene.ts";

/** What is measured -> milliseconds, each time that it was. */
export type Times = Readonly<Record<string, readonly number[]>>;

/** Messages for later: so many, so far apart, the first after so long. */
const LATER = 40;
const LATER_EVERY_MS = 150;
const LATER_AFTER_MS = 1_500;
/** Of these, before the leader dies. */
const LATER_BEFORE = 10;
/** Between two looks at what tells nobody. */
const LOOK_MS = 20;

/** Of two nodes that serve alike. */
export async function nodeDies(): Promise<Times> {
  const redis = await startRedis();
  const scene = await Scene.open(["--store", redis.url], [redis]);
  const outages = scene.people.map((person) => new Outages(person));
  await scene.nodes[0]?.kill();
  const { allMs } = await scene.served();
  const times = {
    "who was there is at another one": outages.flatMap((outage) => outage.end()),
    "everybody's messages acknowledged": [allMs],
  };
  await scene.close();
  return times;
}

/** The one of two nodes that did last what was due: what falls due later is for the other one. */
export async function leaderDies(): Promise<Times> {
  const redis = await startRedis();
  const scene = await Scene.open(["--store", redis.url], [redis]);
  const [ann] = scene.people;
  if (ann === undefined) throw new Error("nobody");
  const { chatId } = scene.talk;
  const firstAt = Date.now() + LATER_AFTER_MS;
  const due = new Map(Array.from({ length: LATER }, (_, n) => [uuidv7(), firstAt + n * LATER_EVERY_MS]));
  for (const [clientId, at] of due) {
    await ann.client.request("message.schedule", { chatId, clientId, kind: "text", body: { text: "later" }, at });
  }
  const told = () =>
    (ann.told.get(chatId) ?? []).flatMap((message) =>
      message.kind === "text" && due.has(message.clientId) ? [message] : [],
    );
  await ann.until(() => told().length >= LATER_BEFORE);
  const before = told().length;
  await (await nextLeader(scene.nodes)).kill();
  await ann.until(() => told().length === LATER);
  const late = told().map(({ clientId, sentAt }) => sentAt - (due.get(clientId) ?? 0));
  await scene.close();
  return { "what was due before, late by": late.slice(0, before), "what was due after, late by": late.slice(before) };
}

/** The replica takes its place. */
export const sentinelActs = () => primaryDies(startReplicated);
export const clusterActs = () => primaryDies(startReplicatedCluster);

async function primaryDies(start: () => Promise<ReplicatedRedis>): Promise<Times> {
  const store = await start();
  const scene = await Scene.open(["--store", store.url], [store]);
  const pair = await store.pairOf(chatLog(scene.talk.chatId));
  const elected = pair.elected();
  await pair.primary.kill();
  const since = stopwatch();
  const electedMs = elected.then(since);
  const { firstMs, allMs } = await scene.served();
  const times = {
    "a replica is primary": [await electedMs],
    "the first message acknowledged": [firstMs],
    "everybody's messages acknowledged": [allMs],
  };
  await scene.close();
  return times;
}

/** Null where this machine has no NATS. Two nodes that do not hear each other find by themselves what is new. */
export async function busDies(): Promise<Times | null> {
  const nats = await startNats().catch(() => null);
  if (nats === null) return null;
  const redis = await startRedis();
  const scene = await Scene.open(["--store", redis.url, "--bus", nats.url], [nats, redis]);
  await nats.kill();
  const { allMs } = await scene.served();
  // Otherwise each message of somebody at the same node has it look.
  await scene.talk.stop();
  const alone = await scene.say("while it is away");
  const awayMs = await alone.heardByAll();
  const missed = await scene.say("just before it is back");
  await nats.restart();
  const backMs = await missed.heardByAll();
  await scene.close();
  return {
    "everybody's messages acknowledged": [allMs],
    "meanwhile, a single message heard at the other node": [awayMs],
    "after its return, what was missed heard": [backMs],
  };
}

/** Which of them does the next thing that falls due, just after that. */
async function nextLeader(nodes: readonly SpawnedServer[]): Promise<SpawnedServer> {
  const before = await Promise.all(nodes.map(termsOf));
  for (;;) {
    for (const [at, node] of nodes.entries()) if ((await termsOf(node)) > (before[at] ?? 0)) return node;
    await pause(LOOK_MS);
  }
}

/** In how many terms it did what was due. */
async function termsOf({ url }: SpawnedServer): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(/^parley_leader_runs_total\{task="due"\} (\d+)/m.exec(text)?.[1] ?? 0);
}
