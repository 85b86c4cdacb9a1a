import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { rm } from "node:fs/promises";
import { describe, it } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { FaultProxy } from "./_util/fault-proxy.ts";
import { temporaryFolder } from "./_util/folder.ts";
import { type SpawnedServer, spawnServer } from "./_util/node.ts";
import { type RedisServer, startRedis } from "./_util/redis.ts";
import { readLog, Witness } from "./_util/witness.ts";

const CLIENTS = 4;
const SENDS_EACH = 250;
const KILLS = process.env.PARLEY_LONG ? 40 : 6;
const LIMIT_MS = process.env.PARLEY_LONG ? 900_000 : 240_000;

/** The server as its clients know it: one address, whatever process is behind it at the moment. */
class Victim {
  private server: SpawnedServer | null = null;
  private readonly args: readonly string[];
  readonly proxy: FaultProxy;

  private constructor(proxy: FaultProxy, args: readonly string[]) {
    this.proxy = proxy;
    this.args = args;
  }

  static async start(args: readonly string[]): Promise<Victim> {
    const victim = new Victim(await FaultProxy.open({ targetPort: 1 }), args);
    await victim.restart();
    return victim;
  }

  get wsUrl(): string {
    return `ws://127.0.0.1:${this.proxy.port}/ws`;
  }

  async restart(): Promise<void> {
    this.server = await spawnServer(this.args);
    this.proxy.retarget(Number(new URL(this.server.url).port));
  }

  async kill(): Promise<void> {
    await this.server?.kill();
  }

  async stop(): Promise<void> {
    await this.server?.stop();
    await this.proxy.close();
  }
}

async function survive(victim: Victim, killStore: (() => Promise<void>) | null): Promise<void> {
  const witnesses = Array.from({ length: CLIENTS }, () => new Witness(victim.wsUrl));
  for (const witness of witnesses) await witness.register();
  const [first, ...others] = witnesses;
  assert(first);
  const { chat } = await first.client.request("chat.createGroup", {
    name: "survivors",
    members: others.map((other) => other.userId),
  });
  const { chatId } = chat;
  for (const witness of witnesses) await witness.until(() => witness.client.chat(chatId) !== undefined);

  for (const witness of witnesses) {
    for (let n = 0; n < SENDS_EACH; n++)
      await witness.client.send(chatId, { kind: "text", body: { text: `${witness.handle} ${n}` } });
  }
  for (let kill = 0; kill < KILLS; kill++) {
    await pause(randomInt(50, 900));
    await victim.kill();
    if (killStore && kill % 2 === 1) await killStore();
    await victim.restart();
  }
  for (const witness of witnesses) await witness.until(() => witness.acknowledged.size === SENDS_EACH);

  const log = await readLog(first.client, chatId);
  for (const [index, entry] of log.entries()) assert.equal(entry.seq, index + 1, "no gaps");
  const texts = log.filter((entry) => entry.kind === "text");
  const placed = new Map(texts.map((entry) => [entry.clientId, entry]));
  assert.equal(placed.size, texts.length, "nothing twice");
  assert.equal(texts.length, CLIENTS * SENDS_EACH, "everything once");
  for (const witness of witnesses) {
    for (const [clientId, seq] of witness.acknowledged) assert.equal(placed.get(clientId)?.seq, seq);
    const own = texts.filter((entry) => entry.sender === witness.userId).map((entry) => entry.body.text);
    assert.deepEqual(
      own,
      Array.from({ length: SENDS_EACH }, (_, n) => `${witness.handle} ${n}`),
      "in the order of writing",
    );
  }
  const head = log.length;
  for (const witness of witnesses) {
    await witness.until(() => witness.head(chatId) === head);
    witness.assertContent();
    await witness.client.stop();
  }
}

describe("[MSG-1] kill -9 at random instants during 1,000 sends: every acknowledged message is there once, in order", () => {
  it("of the server, on the embedded store", { timeout: LIMIT_MS }, async () => {
    const data = await temporaryFolder();
    const victim = await Victim.start(["--data", data]);
    try {
      await survive(victim, null);
    } finally {
      await victim.stop();
      await rm(data, { recursive: true, force: true });
    }
  });

  it("of the server and of Redis, with every write on disk", { timeout: LIMIT_MS }, async () => {
    const redis: RedisServer = await startRedis();
    const data = await temporaryFolder();
    const victim = await Victim.start(["--data", data, "--store", redis.url]);
    try {
      await survive(victim, async () => {
        await redis.kill();
        await redis.restart();
      });
    } finally {
      await victim.stop();
      await redis.stop();
      await rm(data, { recursive: true, force: true });
    }
  });
});
