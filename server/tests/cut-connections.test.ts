import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { FaultProxy } from "./_util/fault-proxy.ts";
import { startNode } from "./_util/node.ts";
import { readLog, Witness } from "./_util/witness.ts";

const SENDS = 60;

/** Seeded, so that a failure can be had again. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

describe("[MSG-4] connections cut at random", () => {
  it("nothing is lost and nothing comes twice when about 30 % of requests or replies never arrive", async () => {
    const node = await startNode();
    const seed = 20_261;
    const lot = seeded(seed);
    let faulty = false;
    let cuts = 0;
    const proxy = await FaultProxy.open({
      targetPort: node.port,
      fault: (chunk) => {
        // Handshakes are larger than any frame of this talk; cutting them only makes the test slow.
        if (!faulty || chunk.length > 300 || lot() > 0.1) return { pass: chunk };
        cuts++;
        return "cut";
      },
    });
    const url = `ws://127.0.0.1:${proxy.port}/ws`;
    const ann = new Witness(url);
    const bob = new Witness(url);
    await ann.register();
    await bob.register();
    const { chat } = await ann.client.request("chat.openDirect", { userId: bob.userId });
    const { chatId } = chat;
    faulty = true;
    for (let n = 0; n < SENDS; n++) {
      await ann.client.send(chatId, { kind: "text", body: { text: `ann ${n}` } });
      await bob.client.send(chatId, { kind: "text", body: { text: `bob ${n}` } });
    }
    for (const witness of [ann, bob]) {
      // Impatience of a person: otherwise the backoff alone would take minutes.
      witness.client.on("state", (state) => {
        if (state.name === "waiting") setImmediate(() => witness.client.reconnectNow());
      });
      witness.client.reconnectNow();
    }
    for (const witness of [ann, bob]) await witness.until(() => witness.acknowledged.size === SENDS);
    faulty = false;
    const log = await readLog(ann.client, chatId);
    const texts = log.filter((entry) => entry.kind === "text");
    for (const witness of [ann, bob]) {
      const name = witness === ann ? "ann" : "bob";
      const own = texts.filter((entry) => entry.sender === witness.userId).map((entry) => entry.body.text);
      assert.deepEqual(
        own,
        Array.from({ length: SENDS }, (_, n) => `${name} ${n}`),
      );
      await witness.until(() => witness.head(chatId) === log.length);
      witness.assertContent();
      await witness.client.stop();
    }
    assert(cuts > 10, `seed ${seed}: ${cuts} cuts are too few to prove anything`);
    await proxy.close();
    await node.stop();
  });
});
