import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { chatLog } from "../src/store/keys.ts";
import { Balancer } from "./_util/balancer.ts";
import { uuidv7 } from "./_util/client-ids.ts";
import { type Fault, FaultProxy } from "./_util/fault-proxy.ts";
import { removeTemporaryFolders } from "./_util/folder.ts";
import { GroupTalk } from "./_util/group-talk.ts";
import { type SpawnedServer, spawnServer } from "./_util/node.ts";
import { within } from "./_util/patience.ts";
import { type RedisServer, startRedis } from "./_util/redis.ts";
import { readLog, Witness } from "./_util/witness.ts";

const PEOPLE = 4;
/** Between two messages of one person. */
const EVERY_MS = 250;
/** Of each person, before the leader dies, and after it. */
const SENDS_EACH = 4;
/** Messages that fall due at once; the leader does them together. */
const MESSAGES = 16;
/** From writing them to their time, on a machine that has much else to do. */
const AHEAD_MS = 6_000;

describe("two servers of which the leader dies", () => {
  let redis: RedisServer;
  let wire: FaultProxy;
  let balancer: Balancer;
  let leader: SpawnedServer;
  let other: SpawnedServer;
  let watch: (chunk: Buffer) => Fault = (chunk) => ({ pass: chunk });

  before(async () => {
    [redis, balancer] = await Promise.all([startRedis(), Balancer.open()]);
    wire = await FaultProxy.open({
      targetPort: redis.port,
      fault: (chunk, direction) => (direction === "toServer" ? watch(chunk) : { pass: chunk }),
    });
    const secret = { PARLEY_SECRET: randomBytes(32).toString("base64url") };
    const start = (port: number) => spawnServer(["--store", `redis://127.0.0.1:${port}/0`], secret);
    leader = await start(wire.port);
    other = await start(redis.port);
    for (const { url } of [leader, other]) await balancer.add(url);
  });
  after(async () => {
    await leader?.kill();
    await other?.kill();
    await balancer?.close();
    await wire?.close();
    await redis?.stop();
    await removeTemporaryFolders();
  });

  it("[NODE-7] kill -9 in the middle of what is due, under load: the rest is done once, and people go to the other one", async (t) => {
    const people = Array.from({ length: PEOPLE }, () => new Witness(balancer.wsUrl));
    const talk = await GroupTalk.begin(people, EVERY_MS);
    await talk.said(SENDS_EACH);
    const [ann, bob] = people as [Witness, Witness];
    const { chatId } = (await ann.client.request("chat.openDirect", { userId: bob.userId })).chat;

    const at = Date.now() + AHEAD_MS;
    const wanted = Array.from({ length: MESSAGES }, (_, n) => `later ${n}`);
    await Promise.all(
      wanted.map((text) => {
        const message = { chatId, clientId: uuidv7(), kind: "text" as const, body: { text } };
        return ann.client.request("message.schedule", { ...message, at });
      }),
    );
    // The other one would be as quick: it sleeps until the one that is watched has begun.
    process.kill(other.pid, "SIGSTOP");
    const death = new Promise<void>((died) => {
      watch = (chunk) => {
        if (!chunk.includes(chatLog(chatId)) || !/evalsha/i.test(chunk.toString("latin1"))) return { pass: chunk };
        watch = (later) => ({ pass: later });
        process.kill(leader.pid, "SIGKILL");
        died();
        return { pass: chunk };
      };
    });
    await within(death, () => "the leader to begin");
    const killedAt = performance.now();
    const since = () => Math.round(performance.now() - killedAt);
    process.kill(other.pid, "SIGCONT");
    const doneMs = bob.until(() => bob.head(chatId) >= MESSAGES).then(since);
    await talk.said(1);
    const servedMs = since();
    await talk.said(SENDS_EACH);
    await talk.stop();
    await talk.assertOneHistory();

    assert.deepEqual(await ann.client.request("message.scheduled", {}), { messages: [] });
    const texts = (await readLog(bob.client, chatId)).map((message) =>
      message.kind === "text" ? message.body.text : "",
    );
    assert.deepEqual(texts.toSorted(), wanted.toSorted(), "each once");
    t.diagnostic(`after the kill: everybody served ${servedMs} ms, all that was due done ${await doneMs} ms`);
    await Promise.all(people.map((person) => person.client.stop()));
  });
});
