import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { chatLog } from "../src/store/keys.ts";
import { Balancer } from "./_util/balancer.ts";
import { removeTemporaryFolders } from "./_util/folder.ts";
import { type SpawnedServer, spawnServer } from "./_util/node.ts";
import { type ReplicatedRedis, startReplicated } from "./_util/replicated.ts";
import { idOf, readLog, textOf, Witness } from "./_util/witness.ts";

const NODES = 2;
const PEOPLE = 6;
/** Between two messages of one person. */
const EVERY_MS = 250;
/** Of each person, before anything fails, and after it has healed. */
const SENDS_EACH = 4;
/** Acknowledged by the primary alone before it dies: at least so many are lost. */
const LOST_MIN = 12;
const LOST_EDIT = "an edit that only the dead primary knew";

describe("servers over a primary that Sentinel replaces", () => {
  let store: ReplicatedRedis;
  let balancer: Balancer;
  const nodes: SpawnedServer[] = [];

  before(async () => {
    [store, balancer] = await Promise.all([startReplicated(), Balancer.open()]);
    const secret = randomBytes(32).toString("base64url");
    const start = () => spawnServer(["--store", store.url], { PARLEY_SECRET: secret });
    nodes.push(...(await Promise.all(Array.from({ length: NODES }, start))));
    for (const { url } of nodes) await balancer.add(url);
  });
  after(async () => {
    await Promise.all(nodes.map((node) => node.kill()));
    await balancer?.close();
    await store?.stop();
    await removeTemporaryFolders();
  });

  it("[S9] kill -9 of the primary under load: a tail is lost and written over, and everybody repairs it", async (t) => {
    const people = Array.from({ length: PEOPLE }, () => new Witness(balancer.wsUrl));
    for (const person of people) person.mayLoseTail = true;
    await Promise.all(people.map((person) => person.register()));
    const [ann, ...others] = people as [Witness, ...Witness[]];
    const members = others.map(({ userId }) => userId);
    const { chatId } = (await ann.client.request("chat.createGroup", { name: "failover", members })).chat;
    for (const person of people) await person.until(() => person.client.chat(chatId) !== undefined);

    let talking = true;
    const talks = people.map(async (person) => {
      for (let n = 0; talking; n++) {
        await pause(EVERY_MS * (0.5 + Math.random()));
        await person.client.send(chatId, { kind: "text", body: { text: `${person.handle} ${n}` } });
      }
    });
    /** Resolves when each of these people has had so many more messages acknowledged. */
    const acknowledged = (count: number) =>
      Promise.all(
        people.map((person) => {
          const goal = person.acknowledged.size + count;
          return person.until(() => person.acknowledged.size >= goal);
        }),
      );
    await acknowledged(SENDS_EACH);
    const edited = [...ann.acknowledged.values()][0] ?? 0;
    const kept = await store.cut(chatLog(chatId));
    await ann.client.request("message.edit", { chatId, seq: edited, body: { text: LOST_EDIT } });
    await ann.until(() => ann.head(chatId) >= kept + LOST_MIN);

    const elected = store.elected();
    await store.primary.kill();
    const killedAt = performance.now();
    const since = () => Math.round(performance.now() - killedAt);
    const lost = new Map(people.flatMap((person) => [...person.acknowledged].filter(([, seq]) => seq > kept)));
    const electedMs = elected.then(since);
    const servedMs = Promise.race(people.map((person) => acknowledgedOnce(person))).then(since);
    await acknowledged(1);
    const allServedMs = since();
    await acknowledged(SENDS_EACH);
    talking = false;
    await Promise.all(talks);

    for (const person of people) {
      const told = () => new Set((person.told.get(chatId) ?? []).map(idOf));
      await person.until(() => [...lost.keys()].every((id) => told().has(id)));
    }
    for (const person of people) await person.until(() => person.client.outbox.length === 0);
    const healedMs = since();

    const log = await readLog(ann.client, chatId);
    for (const [at, { seq }] of log.entries()) assert.equal(seq, at + 1, "no gaps");
    const texts = log.filter(({ kind }) => kind === "text");
    const placed = new Map(texts.map((message) => [idOf(message), message.seq]));
    assert.equal(placed.size, texts.length, "nothing twice");
    const said = people.flatMap((person) => [...person.acknowledged]);
    assert.equal(said.length, texts.length, "everything once");
    for (const [id, seq] of said) assert.equal(placed.get(id), seq, "where its sender was told last");
    const moved = [...lost].filter(([id, seq]) => placed.get(id) !== seq);
    assert.ok(lost.size >= LOST_MIN && moved.length > 0, "a tail was lost and its numbers taken by others");
    assert.notEqual(textOf(log[edited - 1]), LOST_EDIT);
    for (const person of people) {
      await person.until(() => person.isAsIn(log, chatId));
      person.assertContent();
    }
    t.diagnostic(
      `${texts.length} messages, ${lost.size} of them lost, ${moved.length} found another place; after the kill: a new primary ` +
        `${await electedMs} ms, served ${await servedMs} ms, all served ${allServedMs} ms, all repaired within ${healedMs} ms`,
    );
    await Promise.all(people.map((person) => person.client.stop()));
  });
});

function acknowledgedOnce(person: Witness): Promise<void> {
  const before = person.acknowledgements;
  return person.until(() => person.acknowledgements > before);
}
