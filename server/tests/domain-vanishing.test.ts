import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";
import { chatLog, chatOverlay, DUE, INTENT_SHARDS, intentShard } from "../src/store/keys.ts";
import { uuidv7 } from "./_util/client-ids.ts";
import type { DomainNode } from "./_util/domain-node.ts";
import type { DomainPeer } from "./_util/domain-peer.ts";
import { onEachStore } from "./_util/domain-stores.ts";
import { DyingStore } from "./_util/dying-store.ts";
import { removeTemporaryFolders } from "./_util/folder.ts";
import { Heirs } from "./_util/heirs.ts";
import { MovingClock } from "./_util/moving-clock.ts";
import { turnsUntil } from "./_util/patience.ts";
import { refused } from "./_util/refusal.ts";

const DISAPPEAR_MS = 10_000;
const FAR_MS = 400 * 24 * 3600_000;

onEachStore((store) => {
  let people = 0;
  const person = async (node: DomainNode) => {
    const peer = await node.connect().register(`ghost${++people}`);
    await peer.call("sync.pull", {});
    return peer;
  };
  const text = (chatId: string, words: string, clientId: string = uuidv7(store.clock.now())) => ({
    chatId,
    clientId,
    kind: "text" as const,
    body: { text: words },
  });

  test("[MSG-13] a disappearing message is gone from the store, history and caches at its time, and is not forwarded", async () => {
    const [here, there] = await Promise.all([store.node(), store.node()]);
    const [ann, bob] = [await person(here), await person(there)];
    const { chatId } = (await ann.call("chat.createGroup", { name: "g", members: [bob.userId] })).chat;
    const stays = await ann.call("message.send", text(chatId, "stays"));
    await ann.call("chat.update", { chatId, disappearMs: DISAPPEAR_MS });
    const message = text(chatId, "vanishes");
    const { seq, sentAt } = await ann.call("message.send", message);
    const told = await bob.event("message.new", (event) => event.chatId === chatId && event.seq === seq);
    assert.equal("expiresAt" in told && told.expiresAt, sentAt + DISAPPEAR_MS);
    assert.deepEqual((await ann.call("message.send", message)).seq, seq);
    await ann.call("message.edit", { chatId, seq, body: { text: "vanishes, changed" } });
    const entryOf = async (peer: DomainPeer) =>
      (await peer.call("message.history", { chatId, limit: 10 })).messages.find((one) => one.seq === seq);
    const before = await entryOf(bob);
    assert.equal(before?.kind === "text" && before.expiresAt, sentAt + DISAPPEAR_MS);
    const forward = { kind: "forward" as const, body: { chatId, seqs: [seq] } };
    await refused(bob.call("message.send", { chatId, clientId: uuidv7(), ...forward }), "NOT_FORWARDABLE");
    await store.forward(DISAPPEAR_MS - 2000);
    assert.equal((await entryOf(bob))?.kind, "text");

    await store.forward(2001);
    for (const peer of [ann, bob]) {
      const { notice } = await peer.event("inbox.new", ({ notice }) => notice.kind === "retract");
      assert.deepEqual(notice, { kind: "retract", chatId, seq });
    }
    const gone = await entryOf(bob);
    assert.deepEqual(gone?.kind === "retracted" && [gone.body, gone.sender], [{}, ann.userId]);
    const kept = JSON.stringify([
      await here.store.listRange(chatLog(chatId), 0, 100),
      await here.store.hashGetAll(chatOverlay(chatId)),
    ]);
    assert.ok(!kept.includes("vanishes") && kept.includes("stays"));
    assert.equal((await ann.call("message.send", message)).seq, seq, "a resend finds it");
    const { chats } = await bob.call("sync.pull", {});
    assert.equal(chats.find(({ chat }) => chat.chatId === chatId)?.unread, 1);

    await ann.call("chat.update", { chatId, disappearMs: 0 });
    const later = await ann.call("message.send", text(chatId, "stays too"));
    assert.deepEqual(await here.store.sortedRange(DUE, 0, store.clock.now() + FAR_MS, 10), []);
    assert.ok(later.seq > stays.seq);
  });
});

describe("a node that dies", () => {
  /** More writes than any of the deeds takes. */
  const WRITES_MAX = 60;
  const clock = new MovingClock();
  let heirs: Heirs;

  before(async () => {
    heirs = await Heirs.start(["ghost"], clock);
  });
  afterEach(() => heirs.end());
  after(async () => {
    await heirs.stop();
    await removeTemporaryFolders();
  });

  const enter = async (dying?: DyingStore) => {
    const { node, peers } = await heirs.next(dying);
    return { node, ann: peers[0] as DomainPeer };
  };
  const isDue = async () => (await heirs.store.sortedRange(DUE, 0, clock.now() + FAR_MS, 1)).length > 0;

  for (const [when, sentBefore] of [
    ["while it stores the message", false],
    ["at the time of the message", true],
  ] as const) {
    test(`[MSG-13] ${when}: it is gone at its time`, async () => {
      for (let writes = 0; writes < WRITES_MAX; writes += 1) {
        const dying = new DyingStore();
        const { node, ann } = await enter(dying);
        const { chatId } = (await ann.call("chat.createGroup", { name: "g", members: [] })).chat;
        await ann.call("chat.update", { chatId, disappearMs: DISAPPEAR_MS });
        const send = () =>
          ann.call("message.send", {
            chatId,
            clientId: uuidv7(clock.now()),
            kind: "text",
            body: { text: "vanishes" },
          });
        if (sentBefore) {
          await send();
          // What was left to do after the answer is done.
          await turnsUntil(isDue, () => "the message to have its time");
        }
        dying.dieAfter(writes);
        if (sentBefore) clock.forward(DISAPPEAR_MS + 1000);
        const told = sentBefore || (await send().then(...[() => true, () => false]));
        await node.services.dispose().catch(() => {});
        const survived = !dying.isDead;
        dying.dieAfter(0);
        const stored = async () => (await heirs.store.listRange(chatLog(chatId), 0, 100)).join();
        if (told && !sentBefore) assert.ok((await stored()).includes("vanishes"));
        // It replays intents as it starts, and does what is due.
        const next = await enter();
        const timesAreOver = async () => {
          clock.forward(DISAPPEAR_MS + 1000);
          await new Promise(setImmediate);
          return !(await isDue());
        };
        await turnsUntil(timesAreOver, () => "all that is due to be done");
        await next.node.services.dispose();
        const at = `after ${writes} writes`;
        assert.ok(!(await stored()).includes("vanishes"), at);
        if (told) assert.ok((await stored()).includes("retracted"), at);
        for (let shard = 0; shard < INTENT_SHARDS; shard += 1) {
          assert.deepEqual(await heirs.store.hashGetAll(intentShard(shard)), {}, at);
        }
        if (survived) return;
      }
      assert.fail("The deed takes more writes than are tried");
    });
  }
});
