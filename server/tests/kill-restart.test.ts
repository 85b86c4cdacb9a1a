import { randomInt } from "node:crypto";
import { rm } from "node:fs/promises";
import { describe, it } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { FaultProxy } from "./_util/fault-proxy.ts";
import { temporaryFolder } from "./_util/folder.ts";
import { type SpawnedServer, spawnServer } from "./_util/node.ts";
import { type RedisServer, startRedis } from "./_util/redis.ts";
import { assertSurvived, meetInGroup, textOf } from "./_util/survival.ts";
import { Witness } from "./_util/witness.ts";

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
  const chatId = await meetInGroup(witnesses);
  for (const witness of witnesses) {
    for (let n = 0; n < SENDS_EACH; n++)
      await witness.client.send(chatId, { kind: "text", body: { text: textOf(witness, n) } });
  }
  for (let kill = 0; kill < KILLS; kill++) {
    await pause(randomInt(50, 900));
    await victim.kill();
    if (killStore && kill % 2 === 1) await killStore();
    await victim.restart();
  }
  for (const witness of witnesses) await witness.until(() => witness.acknowledged.size === SENDS_EACH);
  await assertSurvived(witnesses, chatId, new Map(witnesses.map((witness) => [witness, SENDS_EACH])));
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
