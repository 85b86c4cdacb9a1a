import { randomInt } from "node:crypto";
import { rm } from "node:fs/promises";
import { describe, it } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { temporaryFolder } from "./_util/folder.ts";
import { type RedisServer, startRedis } from "./_util/redis.ts";
import { SupervisedServer } from "./_util/supervised-server.ts";
import { assertSurvived, meetInGroup } from "./_util/survival.ts";
import { Witness } from "./_util/witness.ts";

const CLIENTS = 4;
const SENDS_EACH = 250;
const KILLS = process.env.PARLEY_LONG ? 40 : 6;
const LIMIT_MS = process.env.PARLEY_LONG ? 900_000 : 240_000;

async function survive(victim: SupervisedServer, killStore: (() => Promise<void>) | null): Promise<void> {
  const witnesses = Array.from({ length: CLIENTS }, () => new Witness(victim.wsUrl));
  const chatId = await meetInGroup(witnesses);
  for (const witness of witnesses) {
    for (let n = 0; n < SENDS_EACH; n++) await witness.say(chatId, `${witness.handle} ${n}`);
  }
  for (let kill = 0; kill < KILLS; kill++) {
    await pause(randomInt(50, 900));
    await victim.kill();
    if (killStore && kill % 2 === 1) await killStore();
    await victim.restart();
  }
  await assertSurvived(witnesses, chatId);
}

describe("[MSG-1] kill -9 at random instants during 1,000 sends: every acknowledged message is there once, in order", () => {
  it("of the server, on the embedded store", { timeout: LIMIT_MS }, async () => {
    const data = await temporaryFolder();
    const victim = await SupervisedServer.start(["--data", data]);
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
    const victim = await SupervisedServer.start(["--data", data, "--store", redis.url]);
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
