import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { chatLog, DUE } from "../src/store/keys.ts";
import { uuidv7 } from "./_util/client-ids.ts";
import { type Fault, FaultProxy } from "./_util/fault-proxy.ts";
import { removeTemporaryFolders } from "./_util/folder.ts";
import { type SpawnedServer, spawnServer } from "./_util/node.ts";
import { turnsUntil, within } from "./_util/patience.ts";
import { type RedisServer, startRedis } from "./_util/redis.ts";
import { readLog, Witness } from "./_util/witness.ts";

/** Messages that fall due at once; the leader does them together. */
const MESSAGES = 16;
/** From writing them to their time, on a machine that has much else to do. */
const AHEAD_MS = 4_000;
/** Longer than a command of the store may take, so that the one who wakes does not know what became of its own. */
const PAUSE_MS = 3_500;

/** Between two looks at the store, which tells nobody. */
const LOOK_MS = 50;

interface Round {
  readonly name: string;
  /** The first writes to the chat are on their way meanwhile, and arrive when the other one has done everything. */
  readonly held: boolean;
}

/** By the way in which the store appends. */
const KINDS: readonly { readonly name: string; readonly scripts: boolean; readonly rounds: readonly Round[] }[] = [
  { name: "that appends in one step", scripts: true, rounds: [{ name: "its writes are on their way", held: true }] },
  {
    name: "without scripts",
    scripts: false,
    rounds: [
      { name: "its writes are done", held: false },
      // The other one waits for them as long as they may be on their way; copies that are later still become void in their time.
      ...(process.env.PARLEY_LONG ? [{ name: "its claims are made and its writes on their way", held: true }] : []),
    ],
  },
];

for (const { name, scripts, rounds } of KINDS) {
  describe(`two leaders over a Redis ${name}`, () => {
    let redis: RedisServer;
    let wire: FaultProxy;
    let paused: SpawnedServer;
    let other: SpawnedServer;
    let watch: (chunk: Buffer) => Fault = (chunk) => ({ pass: chunk });

    before(async () => {
      redis = await startRedis();
      await redis.admin.call(
        "ACL",
        "SETUSER",
        "node",
        "on",
        ">pw",
        "~*",
        "&*",
        "+@all",
        ...(scripts ? [] : ["-@scripting"]),
      );
      wire = await FaultProxy.open({
        targetPort: redis.port,
        fault: (chunk, direction) => (direction === "toServer" ? watch(chunk) : { pass: chunk }),
      });
      const secret = { PARLEY_SECRET: randomBytes(32).toString("base64url") };
      const start = (port: number) =>
        spawnServer(["--store", `redis://node:pw@127.0.0.1:${port}/0`, "--drain", "0"], secret);
      paused = await start(wire.port);
      other = await start(redis.port);
    });
    after(async () => {
      await paused?.kill();
      await other?.kill();
      await wire?.close();
      await redis?.stop();
      await removeTemporaryFolders();
    });

    it("[NODE-7] one stands still in the middle, the other does everything, it wakes: nothing is done twice", async () => {
      const [ann, bob] = [new Witness(other.wsUrl), new Witness(other.wsUrl)];
      await ann.register();
      await bob.register();
      const { chatId } = (await ann.client.request("chat.openDirect", { userId: bob.userId })).chat;
      const wanted: string[] = [];
      for (const round of rounds) {
        const at = Date.now() + AHEAD_MS;
        const texts = Array.from({ length: MESSAGES }, (_, n) => `${round.name} ${n}`);
        await Promise.all(
          texts.map((text) => {
            const message = { chatId, clientId: uuidv7(Date.now()), kind: "text" as const, body: { text } };
            return ann.client.request("message.schedule", { ...message, at });
          }),
        );
        wanted.push(...texts);
        // The other one would be as quick: it sleeps until the one that is watched has begun.
        process.kill(other.pid, "SIGSTOP");
        let release = () => {};
        const released = new Promise<void>((resolve) => {
          release = resolve;
        });
        const stop = new Promise<void>((stopped) => {
          watch = (chunk) => {
            if (!chunk.includes(chatLog(chatId)) || !appends(chunk)) return { pass: chunk };
            watch = (later) => ({ pass: later });
            process.kill(paused.pid, "SIGSTOP");
            stopped();
            return round.held ? { hold: released } : { pass: chunk };
          };
        });
        await within(stop, () => "the one that is watched to append");
        const stoppedAt = performance.now();
        process.kill(other.pid, "SIGCONT");
        await bob.until(() => bob.head(chatId) >= wanted.length);
        await pause(Math.max(0, PAUSE_MS - (performance.now() - stoppedAt)));
        process.kill(paused.pid, "SIGCONT");
        release();
      }
      // Its last job ends before the process does.
      assert.equal(await paused.stop(), 0, paused.output());
      await turnsUntil(
        async () => (await redis.admin.zcount(DUE, "-inf", Date.now())) === 0,
        () => "all that is due to be done",
        () => pause(LOOK_MS),
      );
      assert.deepEqual(await ann.client.request("message.scheduled", {}), { messages: [] });
      const texts = async () =>
        (await readLog(bob.client, chatId)).flatMap((message) => (message.kind === "text" ? [message.body.text] : []));
      if (process.env.PARLEY_LONG) while ((await texts()).length > wanted.length) await pause(LOOK_MS);
      assert.deepEqual((await texts()).toSorted(), wanted.toSorted());
      bob.assertContent();
      for (const person of [ann, bob]) await person.client.stop();
    });
  });
}

/** `appendOnce` in one step, or its RPUSH. */
function appends(chunk: Buffer): boolean {
  return /evalsha|rpush/i.test(chunk.toString("latin1"));
}
