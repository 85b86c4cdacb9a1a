import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { chatLog } from "../../src/store/keys.ts";
import { Balancer } from "./balancer.ts";
import { FaultProxy } from "./fault-proxy.ts";
import { removeTemporaryFolders } from "./folder.ts";
import { GroupTalk } from "./group-talk.ts";
import { type SpawnedServer, spawnServers } from "./node.ts";
import { turnsUntil } from "./patience.ts";
import type { ReplicatedRedis } from "./replicated.ts";
import { idOf, textOf, Witness } from "./witness.ts";

const NODES = 2;
/** Of those who are there all the time, and of those who are cut off when the primary dies and come back late. */
const EACH = 3;
/** Between two messages of one person. */
const EVERY_MS = 250;
/** Of each person, before anything fails, and after it has healed. */
const SENDS_EACH = 4;
/** Of each person, acknowledged by the primary alone before it dies. */
const LOST_EACH = 2;
const LOST_EDIT = "an edit that only the dead primary knew";
const LOOK_MS = 20;

/** A primary dies before its replica has what it acknowledged last, and others write under the same numbers. */
export function describeFailover(name: string, startStore: () => Promise<ReplicatedRedis>): void {
  describe(`servers over a primary that ${name} replaces`, () => {
    let store: ReplicatedRedis;
    let balancer: Balancer;
    let nodes: readonly SpawnedServer[] = [];

    before(async () => {
      [store, balancer] = await Promise.all([startStore(), Balancer.open()]);
      nodes = await spawnServers(NODES, ["--store", store.url]);
      for (const { url } of nodes) await balancer.add(url);
    });
    after(async () => {
      await Promise.all(nodes.map((node) => node.kill()));
      await balancer?.close();
      await store?.stop();
      await removeTemporaryFolders();
    });

    it("[S9] kill -9 of the primary under load: a tail is lost and written over, and everybody repairs it", async (t) => {
      let back = () => {};
      /** While some are away, nothing of theirs gets through. */
      let away: Promise<void> | null = null;
      const wire = await FaultProxy.open({
        targetPort: Number(new URL(balancer.url).port),
        fault: (chunk) => (away === null ? { pass: chunk } : { hold: away }),
      });
      const present = Array.from({ length: EACH }, () => new Witness(balancer.wsUrl));
      const absent = Array.from({ length: EACH }, () => new Witness(`ws://127.0.0.1:${wire.port}/ws`));
      const people = [...present, ...absent];
      for (const person of people) person.mayLoseTail = true;
      const talk = await GroupTalk.begin(people, EVERY_MS);
      const { chatId } = talk;
      await talk.said(SENDS_EACH);

      const [ann] = present as [Witness];
      const pair = await store.pairOf(chatLog(chatId));
      const length = () => pair.replica.admin.llen(chatLog(chatId));
      await pair.cut();
      const kept = await length();
      const [edited = 0] = ann.acknowledged.values();
      await ann.client.request("message.edit", { chatId, seq: edited, body: { text: LOST_EDIT } });
      const unkept = (of: readonly Witness[]) =>
        of.flatMap((person) => [...person.acknowledged].filter(([, seq]) => seq > kept));
      for (const person of people) await person.until(() => unkept([person]).length >= LOST_EACH);

      away = new Promise((resolve) => {
        back = resolve;
      });
      wire.cutAll();
      await pair.primary.kill();
      const killedAt = performance.now();
      const since = () => Math.round(performance.now() - killedAt);
      const lost = new Map(unkept(people));
      const lostByAbsent = unkept(absent);
      const electedMs = pair.elected().then(since);
      const servedMs = Promise.race(present.map((person) => acknowledgedOnce(person))).then(since);
      await talk.said(1, present);
      const allServedMs = since();
      const highest = Math.max(...lost.values());
      await turnsUntil(
        async () => (await length()) >= highest,
        () => `others to write up to ${highest}`,
        () => pause(LOOK_MS),
      );
      away = null;
      back();
      await talk.said(SENDS_EACH);
      for (const person of people) {
        const told = () => new Set((person.told.get(chatId) ?? []).map(idOf));
        await person.until(() => [...lost.keys()].every((id) => told().has(id)));
      }
      const healedMs = since();
      await talk.stop();

      const log = await talk.assertOneHistory();
      const placed = new Map(log.map((message) => [idOf(message), message.seq]));
      for (const [id, seq] of lostByAbsent) assert.ok((placed.get(id) ?? 0) > seq, "its number was another's by then");
      assert.notEqual(textOf(log[edited - 1]), LOST_EDIT);
      t.diagnostic(
        `${log.length} messages, ${lost.size} of them lost, ${lostByAbsent.length} of those by people who came back when others had ` +
          `written over them; after the kill: a new primary ${await electedMs} ms, served ${await servedMs} ms, all who were there ` +
          `${allServedMs} ms, all repaired within ${healedMs} ms`,
      );
      await Promise.all(people.map((person) => person.client.stop()));
      await wire.close();
    });
  });
}

function acknowledgedOnce(person: Witness): Promise<void> {
  const before = person.acknowledgements;
  return person.until(() => person.acknowledgements > before);
}
