import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import type { TestBus } from "./across-nodes.ts";
import { FaultProxy } from "./fault-proxy.ts";
import { startNode, type TestNode } from "./node.ts";
import { type RedisServer, startRedis } from "./redis.ts";
import { readLog, Witness } from "./witness.ts";

/** How long the nodes do not hear each other. */
const CUT_MS = process.env.PARLEY_LONG ? 30_000 : 5_000;
/** Between two sends of one person: a load, and few enough that no rate limit speaks. */
const EVERY_MS = 100;

/** A bus of its own, which the nodes reach by a wire that is cut under load. */
export function describeBusCut(name: string, startBus: () => Promise<TestBus>): void {
  describe(`two nodes that lose ${name}`, () => {
    let redis: RedisServer;
    let bus: TestBus;
    let wire: FaultProxy;
    let cut = false;
    let east: TestNode;
    let west: TestNode;

    before(async () => {
      redis = await startRedis();
      bus = await startBus();
      wire = await FaultProxy.open({
        targetPort: Number(new URL(bus.url).port),
        fault: (chunk) => (cut ? "cut" : { pass: chunk }),
      });
      const shared = { store: redis.url, bus: bus.url.replace(/:\d+/, `:${wire.port}`) };
      const secret = randomBytes(32).toString("base64url");
      east = await startNode(shared, { secret });
      west = await startNode(shared, { secret });
    });
    after(async () => {
      await east?.stop();
      await west?.stop();
      await wire?.close();
      await bus?.stop();
      await redis?.stop();
    });

    it("[NODE-14] a cut under load is delay only: everybody has everything, in order", async (t) => {
      const [ann, bob] = [new Witness(east.wsUrl), new Witness(west.wsUrl)];
      await ann.register();
      await bob.register();
      const { chat } = await ann.client.request("chat.openDirect", { userId: bob.userId });
      const { chatId } = chat;
      let sent = 0;
      const send = async () => {
        sent += 1;
        await Promise.all(
          [ann, bob].map((one) => one.client.send(chatId, { kind: "text", body: { text: `${one.handle} ${sent}` } })),
        );
        await pause(EVERY_MS);
      };
      while (sent < 5) await send();
      for (const one of [ann, bob]) await one.until(() => one.head(chatId) >= 10);

      cut = true;
      wire.cutAll();
      for (const end = Date.now() + CUT_MS; Date.now() < end; ) await send();
      for (const one of [ann, bob]) await one.until(() => one.acknowledged.size === sent);
      const during = Math.min(ann.head(chatId), bob.head(chatId));

      cut = false;
      const mendedAt = Date.now();
      await send();
      for (const one of [ann, bob]) await one.until(() => one.head(chatId) === 2 * sent);
      t.diagnostic(
        `${2 * sent} messages; ${2 * sent - during} late; converged ${Date.now() - mendedAt} ms after the cut`,
      );
      const log = await readLog(bob.client, chatId);
      assert.equal(log.length, 2 * sent);
      for (const one of [ann, bob]) {
        assert.deepEqual(
          one.told.get(chatId)?.map(({ seq }) => seq),
          log.map(({ seq }) => seq),
        );
        one.assertContent();
        await one.client.stop();
      }
    });
  });
}
