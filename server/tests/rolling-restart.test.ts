import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { Balancer } from "./_util/balancer.ts";
import { removeTemporaryFolders } from "./_util/folder.ts";
import { type SpawnedServer, spawnServer } from "./_util/node.ts";
import { PASSWORD } from "./_util/person.ts";
import { type RedisServer, startRedis } from "./_util/redis.ts";
import { readLog, Witness } from "./_util/witness.ts";

const NODES = 3;
const PEOPLE = 9;
/** Three seconds until everybody knows, one in which everybody goes. */
const DRAIN = ["--drain", "4"];
/** Between two requests of one person: a load, and few enough that no rate limit speaks. */
const EVERY_MS = 100;

/** Does one thing after the other until it is told to stop, and keeps what failed. */
class Load {
  readonly failures: string[] = [];
  done = 0;
  longestMs = 0;
  #stopped = false;
  readonly #running: Promise<void>[] = [];

  run(name: string, everyMs: number, job: () => Promise<unknown>): void {
    this.#running.push(this.#repeat(name, everyMs, job));
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#running);
  }

  async #repeat(name: string, everyMs: number, job: () => Promise<unknown>): Promise<void> {
    while (!this.#stopped) {
      const began = performance.now();
      try {
        await job();
        this.done += 1;
      } catch (error) {
        this.failures.push(`${name}: ${String(error)}`);
      }
      this.longestMs = Math.max(this.longestMs, performance.now() - began);
      await pause(everyMs);
    }
  }
}

describe("three nodes over one Redis, behind a proxy", () => {
  let redis: RedisServer;
  let balancer: Balancer;
  const nodes: SpawnedServer[] = [];
  const secret = randomBytes(32).toString("base64url");

  const start = async () => {
    const node = await spawnServer(["--store", redis.url, ...DRAIN], { PARLEY_SECRET: secret });
    await balancer.add(node.url);
    return node;
  };
  before(async () => {
    redis = await startRedis();
    balancer = await Balancer.open();
    nodes.push(...(await Promise.all(Array.from({ length: NODES }, start))));
  });
  after(async () => {
    await Promise.all(nodes.map((node) => node.kill()));
    await balancer?.close();
    await redis?.stop();
    await removeTemporaryFolders();
  });

  it("[NODE-10] all of them are restarted, one after the other, under load: no request fails", async (t) => {
    const people = Array.from({ length: PEOPLE }, () => new Witness(balancer.wsUrl));
    for (const person of people) await person.register();
    const [first, ...others] = people as [Witness, ...Witness[]];
    const members = others.map(({ userId }) => userId);
    const { chat } = await first.client.request("chat.createGroup", { name: "rolling", members });
    const { chatId } = chat;
    for (const person of people) await person.until(() => person.client.chat(chatId) !== undefined);

    const load = new Load();
    let sent = 0;
    for (const person of people) {
      const { client, handle } = person;
      const ask = [
        () => client.request("message.history", { chatId, limit: 20 }),
        () => client.send(chatId, { kind: "text", body: { text: `${handle} ${++sent}` } }),
        () => client.request("chat.get", { chatId }),
        () => client.request("account.setProfile", { displayName: `${handle} ${sent}` }),
        () => client.request("node.info", {}),
      ];
      load.run(handle, EVERY_MS, () => (ask[Math.floor(Math.random() * ask.length)] as () => Promise<unknown>)());
    }
    load.run("a sign-in", 300, async () => {
      const device = new Witness(balancer.wsUrl, {}, first.handle);
      await device.client.start();
      await device.client.signIn({ handle: first.handle, password: PASSWORD });
      await device.client.signOut();
    });
    load.run("a script", EVERY_MS, async () => {
      const answer = await fetch(`${balancer.url}/api/node.info`, {
        method: "POST",
        headers: { "content-type": "application/json" },
      });
      assert.equal(answer.status, 200, await answer.text());
    });

    const began = performance.now();
    for (const [at, node] of nodes.entries()) {
      assert.equal(await node.stop(), 0, node.output());
      balancer.remove(node.url);
      nodes[at] = await start();
    }
    const rolledMs = performance.now() - began;
    await load.stop();
    assert.deepEqual(load.failures, []);

    for (const person of people) await person.until(() => person.client.outbox.length === 0);
    const log = await readLog(first.client, chatId);
    assert.equal(log.filter(({ kind }) => kind === "text").length, sent);
    for (const person of people) {
      await person.until(() => person.head(chatId) === log.length);
      person.assertContent();
    }
    const signIns = await Promise.all(nodes.map(signInsAt));
    const by = (how: string) => signIns.reduce((sum, counts) => sum + (counts.get(how) ?? 0), 0);
    assert.ok(by("ticket") > PEOPLE / 2, "tickets of nodes that are gone are good at those that came");
    t.diagnostic(
      `rolled in ${Math.round(rolledMs)} ms; ${load.done} requests, ${sent} messages, 0 failed, the longest took ` +
        `${Math.round(load.longestMs)} ms; ${by("ticket")} came back by ticket, ${by("token")} by token`,
    );
    for (const person of people) await person.client.stop();
  });
});

/** How many have signed in at this node, by how. */
async function signInsAt({ url }: SpawnedServer): Promise<ReadonlyMap<string, number>> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const counts = text.matchAll(/^parley_sign_ins_total\{how="([a-z]+)"\} (\d+)/gm);
  return new Map([...counts].map(([, how = "", count]) => [how, Number(count)]));
}
