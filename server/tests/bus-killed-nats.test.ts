import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { removeTemporaryFolders } from "./_util/folder.ts";
import { type NatsServer, startNats } from "./_util/nats.ts";
import { type SpawnedServer, spawnServer } from "./_util/node.ts";
import { type RedisServer, startRedis } from "./_util/redis.ts";
import { readLog, Witness } from "./_util/witness.ts";

const NODES = 2;
const PEOPLE = 6;
/** Between two messages of one person. */
const EVERY_MS = 200;
/** Of each person, before the bus dies, while it is dead and after it is back. */
const SENDS_EACH = 8;

describe("servers over a NATS that dies", () => {
  let redis: RedisServer;
  let nats: NatsServer;
  const nodes: SpawnedServer[] = [];

  before(async () => {
    [redis, nats] = await Promise.all([startRedis(), startNats()]);
    const secret = randomBytes(32).toString("base64url");
    const start = () => spawnServer(["--store", redis.url, "--bus", nats.url], { PARLEY_SECRET: secret });
    nodes.push(...(await Promise.all(Array.from({ length: NODES }, start))));
  });
  after(async () => {
    await Promise.all(nodes.map((node) => node.kill()));
    await nats?.stop();
    await redis?.stop();
    await removeTemporaryFolders();
  });

  it("[NODE-14] kill -9 of the bus under load, and a new one: all sends go on, and everybody has everything, edits too", async (t) => {
    const people = Array.from({ length: PEOPLE }, (_, at) => new Witness(nodes[at % NODES]?.wsUrl ?? ""));
    await Promise.all(people.map((person) => person.register()));
    const [ann, ...others] = people as [Witness, ...Witness[]];
    const members = others.map(({ userId }) => userId);
    const { chatId } = (await ann.client.request("chat.createGroup", { name: "no bus", members })).chat;
    for (const person of people) await person.until(() => person.client.chat(chatId) !== undefined);

    let talking = true;
    const talks = people.map(async (person) => {
      for (let n = 0; talking; n++) {
        await pause(EVERY_MS * (0.5 + Math.random()));
        await person.client.send(chatId, { kind: "text", body: { text: `${person.handle} ${n}` } });
      }
    });
    const acknowledged = (count: number) =>
      Promise.all(
        people.map((person) => {
          const goal = person.acknowledged.size + count;
          return person.until(() => person.acknowledged.size >= goal);
        }),
      );
    await acknowledged(SENDS_EACH);
    await nats.kill();
    await acknowledged(SENDS_EACH);
    // One of the first messages of each, so that everybody has to be told of a change in what they have.
    for (const person of people) {
      const [seq = 0] = person.acknowledged.values();
      await person.client.request("message.edit", { chatId, seq, body: { text: `${person.handle} corrected` } });
    }
    const heads = people.map((person) => person.head(chatId));
    const late = Math.max(...heads) - Math.min(...heads);
    await nats.restart();
    const restartedAt = performance.now();
    await acknowledged(SENDS_EACH);
    talking = false;
    await Promise.all(talks);
    for (const person of people) await person.until(() => person.client.outbox.length === 0);

    const log = await readLog(ann.client, chatId);
    for (const [at, { seq }] of log.entries()) assert.equal(seq, at + 1, "no gaps");
    const texts = log.filter(({ kind }) => kind === "text");
    const said = people.flatMap((person) => [...person.acknowledged]);
    assert.equal(texts.length, said.length, "everything once");
    for (const person of people) {
      await person.until(() => person.isAsIn(log, chatId));
      person.assertContent();
    }
    t.diagnostic(
      `${texts.length} messages, ${late} not at both nodes when the bus came back; everybody had everything ` +
        `${Math.round(performance.now() - restartedAt)} ms after that, with ${PEOPLE * SENDS_EACH} more sent meanwhile`,
    );
    await Promise.all(people.map((person) => person.client.stop()));
  });
});
