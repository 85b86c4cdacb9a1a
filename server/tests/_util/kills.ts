import assert from "node:assert/strict";
import { randomBytes, randomInt } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { ReplyError } from "@parley/protocol";
import { ClientError } from "@parley/protocol/client";
import type { TestBus } from "./across-nodes.ts";
import { Balancer } from "./balancer.ts";
import { removeTemporaryFolders } from "./folder.ts";
import { type SpawnedServer, spawnServer } from "./node.ts";
import { Outages } from "./outages.ts";
import { type RedisServer, startRedis } from "./redis.ts";
import { seededRandom } from "./virtual-time.ts";
import { readLog, Witness } from "./witness.ts";

const NODES = 3;
/** Of what somebody sends, every so many is changed afterwards. */
const EDIT_EVERY = 4;
/** At most between two messages of one person, and between two kills. */
const PAUSE_MS = 1_000;
const SEED = process.env.PARLEY_FRESH_SEEDS ? randomInt(2 ** 31) : 11;

export interface KillsSize {
  readonly people: number;
  readonly sendsEach: number;
  readonly kills: number;
}

/** What fits in half a minute. */
export const SHORT: KillsSize = { people: 10, sendsEach: 5, kills: 2 };
export const WHOLE: KillsSize = { people: 30, sendsEach: 8, kills: process.env.PARLEY_LONG ? 30 : 3 };

/** People talk over three nodes, of which one after the other is killed. `startBus` answers null for the store's own. */
export function describeKills(
  name: string,
  startBus: () => Promise<TestBus | null>,
  { people: count, sendsEach, kills }: KillsSize,
): void {
  describe(`three nodes over one Redis and ${name}`, () => {
    let redis: RedisServer;
    let bus: TestBus | null;
    let balancer: Balancer;
    const nodes: SpawnedServer[] = [];
    const secret = randomBytes(32).toString("base64url");

    const start = async () => {
      const over = bus === null ? [] : ["--bus", bus.url];
      const node = await spawnServer(["--store", redis.url, ...over], { PARLEY_SECRET: secret });
      await balancer.add(node.url);
      return node;
    };
    /** Where somebody is: a node that has nobody yet would die unnoticed. */
    const nodeOf = (fraction: number) => {
      const counts = nodes.map(({ url }) => balancer.openAt(url));
      let left = fraction * counts.reduce((sum, count) => sum + count, 0);
      return Math.max(
        0,
        counts.findIndex((count) => {
          left -= count;
          return left < 0;
        }),
      );
    };
    before(async () => {
      [redis, bus, balancer] = await Promise.all([startRedis(), startBus(), Balancer.open()]);
      nodes.push(...(await Promise.all(Array.from({ length: NODES }, start))));
    });
    after(async () => {
      await Promise.all(nodes.map((node) => node.kill()));
      await balancer?.close();
      await bus?.stop();
      await redis?.stop();
      await removeTemporaryFolders();
    });

    it(`[NODE-3] kill -9 of random nodes under a conversation of ${count}: one history for all`, async (t) => {
      const random = seededRandom(SEED);
      const people = Array.from({ length: count }, () => new Witness(balancer.wsUrl));
      await Promise.all(people.map((person) => person.register()));
      const [first, ...others] = people as [Witness, ...Witness[]];
      const members = others.map(({ userId }) => userId);
      const { chatId } = (await first.client.request("chat.createGroup", { name: "killed", members })).chat;
      for (const person of people) await person.until(() => person.client.chat(chatId) !== undefined);

      const outages = people.map((person) => new Outages(person));
      let talking = true;
      const killing = (async () => {
        for (let kill = 0; kill < kills; kill++) {
          await pause(random.fraction() * PAUSE_MS);
          const at = nodeOf(random.fraction());
          const victim = nodes[at] as SpawnedServer;
          balancer.remove(victim.url);
          await victim.kill();
          nodes[at] = await start();
        }
        talking = false;
      })();
      // Everybody goes on as long as nodes die, and says all that they have to say.
      await Promise.all(
        people.map(async (person, index) => {
          const own = seededRandom(SEED + 1 + index);
          for (let n = 0; n < sendsEach || talking; n++) {
            await pause(own.fraction() * PAUSE_MS);
            const { clientId } = await person.client.send(chatId, { kind: "text", body: { text: `${index} ${n}` } });
            if (n % EDIT_EVERY === 0) await edit(person, chatId, clientId, `${index} ${n} corrected`);
          }
        }),
      );
      await killing;
      for (const person of people) await person.until(() => person.client.outbox.length === 0);

      const log = await readLog(first.client, chatId);
      for (const [at, { seq }] of log.entries()) assert.equal(seq, at + 1, "no gaps");
      const texts = log.flatMap((message) => (message.kind === "text" ? [message] : []));
      const placed = new Map(texts.map(({ clientId, seq }) => [clientId, seq]));
      assert.equal(placed.size, texts.length, "nothing twice");
      assert.equal(
        texts.length,
        people.reduce((sum, { acknowledged }) => sum + acknowledged.size, 0),
        "everything once",
      );
      for (const [index, person] of people.entries()) {
        for (const [clientId, seq] of person.acknowledged) assert.equal(placed.get(clientId), seq);
        const own = texts.filter(({ sender }) => sender === person.userId).map(({ body }) => body.text);
        assert.deepEqual(
          own,
          own.map((_, n) => `${index} ${n}${n % EDIT_EVERY === 0 ? " corrected" : ""}`),
          "in the order of writing",
        );
      }
      for (const person of people) {
        await person.until(() => person.isAsIn(log, chatId));
        person.assertContent();
      }
      const times = outages.flatMap((outage) => outage.end()).sort((a, b) => a - b);
      t.diagnostic(
        `seed ${SEED}: ${texts.length} messages, ${kills} kills; ${times.length} times somebody was elsewhere again after ` +
          `${times[Math.floor(times.length / 2)]} ms (median), ${times.at(-1)} ms at most`,
      );
      assert.ok(times.length > 0, "the kills were noticed");
      await Promise.all(people.map((person) => person.client.stop()));
    });
  });
}

/** As often as it takes: unlike what is sent, nothing but the person repeats it. */
async function edit(person: Witness, chatId: string, clientId: string, text: string): Promise<void> {
  await person.until(() => person.acknowledged.has(clientId));
  const seq = person.acknowledged.get(clientId) ?? 0;
  for (;;) {
    try {
      await person.client.request("message.edit", { chatId, seq, body: { text } });
      return;
    } catch (error) {
      if (error instanceof ReplyError && !error.retry) throw error;
      if (!(error instanceof ReplyError || error instanceof ClientError)) throw error;
    }
  }
}
