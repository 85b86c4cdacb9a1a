import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";
import { limits } from "@parley/protocol";
import { monthOf } from "../src/records/inbox.ts";
import { chatLog, DUE, dedupeBucket, INTENT_SHARDS, intentShard, userInbox } from "../src/store/keys.ts";
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

const DAY_MS = 24 * 3600_000;

onEachStore((store) => {
  let people = 0;
  const person = async (node: DomainNode) => {
    const peer = await node.connect().register(`planner${++people}`);
    await peer.call("sync.pull", {});
    return peer;
  };
  const again = async (node: DomainNode, peer: DomainPeer) => {
    const other = node.connect();
    await other.signInAs((await peer.call("account.get", {})).handle);
    await other.call("sync.pull", {});
    return other;
  };
  const direct = async (one: DomainPeer, other: DomainPeer) =>
    (await one.call("chat.openDirect", { userId: other.userId })).chat.chatId;
  const later = (chatId: string, text: string, inMs: number, clientId: string = uuidv7(store.clock.now())) => ({
    chatId,
    clientId,
    kind: "text" as const,
    body: { text },
    at: store.clock.now() + inMs,
  });

  test("[MSG-13] a scheduled message is sent once at its time, whichever node serves, and every device hears of it", async () => {
    const [here, there] = await Promise.all([store.node(), store.node()]);
    const [ann, bob] = [await person(here), await person(there)];
    const phone = await again(there, ann);
    const chatId = await direct(ann, bob);
    const message = later(chatId, "happy birthday", 60_000);
    await ann.call("message.schedule", message);
    await ann.call("message.schedule", message);
    await phone.event("inbox.new", ({ notice }) => notice.kind === "scheduled" && notice.clientId === message.clientId);
    const { messages } = await phone.call("message.scheduled", {});
    const { at, clientId, kind, body } = message;
    assert.deepEqual(messages, [{ chatId, clientId, at, content: { kind, body } }]);
    await store.forward(59_000);
    assert.equal(await here.store.listLength(chatLog(chatId)), 0);
    await store.forward(1001);
    const arrived = await bob.event("message.new", (event) => event.kind === "text" && event.clientId === clientId);
    assert.deepEqual([arrived.seq, "sender" in arrived && arrived.sender], [1, ann.userId]);
    await phone.event("message.new", ({ seq }) => seq === 1);
    await turnsUntil(
      async () => (await ann.call("message.scheduled", {})).messages.length === 0,
      () => "the message to be scheduled no more",
      () => store.forward(1000),
    );
    await store.forward(20_000);
    assert.equal(await here.store.listLength(chatLog(chatId)), 1);
    await refused(ann.call("message.unschedule", { clientId }), "NOT_FOUND");
    await refused(ann.call("message.schedule", { ...message, at: store.clock.now() + 5000 }), "TOO_LATE");
  });

  test("[MSG-13] it can be changed and taken back until it is sent", async () => {
    const node = await store.node();
    const [ann, bob] = [await person(node), await person(node)];
    const chatId = await direct(ann, bob);
    const message = later(chatId, "draft", 30_000);
    await ann.call("message.schedule", message);
    const gone = later(chatId, "never", 30_000);
    await ann.call("message.schedule", gone);
    await ann.call("message.unschedule", { clientId: gone.clientId });
    await store.forward(20_000);
    await ann.call("message.schedule", { ...later(chatId, "final", 60_000, message.clientId) });
    await store.forward(30_000);
    assert.equal(await node.store.listLength(chatLog(chatId)), 0);
    await store.forward(31_000);
    const sent = await bob.event("message.new", (event) => event.chatId === chatId);
    assert.deepEqual([sent.seq, sent.kind === "text" && sent.body.text], [1, "final"]);
    const due = async () => (await node.store.sortedRange(DUE, 0, store.clock.now() + DAY_MS, 10)).length;
    await turnsUntil(
      async () => (await due()) === 0,
      () => "all that is due to be done",
      () => store.forward(1000),
    );
    assert.equal(await node.store.listLength(chatLog(chatId)), 1);
  });

  test("[MSG-13] what may not be sent at its time waits with its reason, and can be sent after all", async () => {
    const node = await store.node();
    const [ann, bob] = [await person(node), await person(node)];
    const { chatId } = (await bob.call("chat.createGroup", { name: "g", members: [ann.userId] })).chat;
    const message = later(chatId, "too late", 30_000);
    await ann.call("message.schedule", message);
    await bob.call("member.remove", { chatId, userId: ann.userId });
    await store.forward(31_000);
    const failed = async () => (await ann.call("message.scheduled", {})).messages[0]?.failed;
    await turnsUntil(
      async () => (await failed()) !== undefined,
      () => "the message to have failed",
      () => store.forward(1000),
    );
    assert.equal(await failed(), "NOT_MEMBER");
    await bob.call("member.add", { chatId, userId: ann.userId });
    await ann.call("message.schedule", later(chatId, "on time", 1000, message.clientId));
    assert.equal(await failed(), undefined);
    await store.forward(2001);
    const sent = await bob.event("message.new", (event) => event.chatId === chatId && event.kind === "text");
    assert.equal(sent.kind === "text" && sent.body.text, "on time");
  });

  test("[MSG-13] times in the past or over a year ahead, empty texts, strangers and too many are refused", async () => {
    const node = await store.node();
    const [ann, bob] = [await person(node), await person(node)];
    const chatId = await direct(ann, bob);
    const schedule = (message: ReturnType<typeof later>) => ann.call("message.schedule", message);
    await refused(schedule(later(chatId, "x", -1)), "SCHEDULE_INVALID");
    await refused(schedule(later(chatId, "x", limits.SCHEDULE_AHEAD_MAX_MS + 60_000)), "SCHEDULE_INVALID");
    await refused(schedule(later(chatId, " ", 60_000)), "TEXT_EMPTY");
    const old = uuidv7(store.clock.now() - 29 * DAY_MS);
    await refused(schedule(later(chatId, "x", 60_000, old)), "CLIENT_ID_EXPIRED");
    const stranger = await person(node);
    await refused(stranger.call("message.schedule", later(chatId, "x", 60_000)), "CHAT_NOT_FOUND");
    const made = [];
    for (let i = 0; i < limits.SCHEDULED_MAX; i += 1) {
      const message = later(chatId, `m${i}`, DAY_MS);
      made.push(message);
      await schedule(message);
    }
    await refused(schedule(later(chatId, "x", DAY_MS)), "LIMIT_REACHED");
    for (const { clientId } of made) await ann.call("message.unschedule", { clientId });
    for (let i = 0; i < 31; i += 1) await schedule(later(chatId, "x".repeat(limits.TEXT_MAX_BYTES), DAY_MS));
    await refused(schedule(later(chatId, "x".repeat(limits.TEXT_MAX_BYTES), DAY_MS)), "LIMIT_REACHED");
    const all = await ann.call("message.scheduled", {});
    assert.ok(JSON.stringify(all).length < limits.REPLY_MAX_BYTES);
  });

  test("[MSG-13] [S2] a message scheduled months ahead is sent, and a resend of its id never becomes a second one", async () => {
    const node = await store.node();
    const [ann, bob] = [await person(node), await person(node)];
    const chatId = await direct(ann, bob);
    const message = later(chatId, "in three months", 90 * DAY_MS);
    await ann.call("message.schedule", message);
    await store.forward(45 * DAY_MS);
    const phone = await again(node, ann);
    await phone.call("message.schedule", later(chatId, "in three months, as said", 45 * DAY_MS, message.clientId));
    await store.forward(45 * DAY_MS + 1000);
    await turnsUntil(
      async () => (await node.store.listLength(chatLog(chatId))) > 0,
      () => "the message to be sent",
      () => store.forward(1000),
    );
    const { clientId, kind } = message;
    const resend = { chatId, clientId, kind, body: { text: "in three months, as said" } };
    const laptop = await again(node, ann);
    await refused(laptop.call("message.send", resend), "CLIENT_ID_EXPIRED");
    assert.equal(await node.store.exists(dedupeBucket(chatId, clientId).key), true);
    assert.equal(await node.store.listLength(chatLog(chatId)), 1);
  });
});

describe("a node that dies", () => {
  /** More writes than any of the deeds takes. */
  const WRITES_MAX = 60;
  const clock = new MovingClock();
  let heirs: Heirs;

  before(async () => {
    heirs = await Heirs.start(["planner"], clock);
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
  const message = (chatId: string, text: string, clientId: string) => ({
    chatId,
    clientId,
    kind: "text" as const,
    body: { text },
    at: clock.now() + 30_000,
  });
  const textsOf = async (chatId: string) => {
    const entries = await heirs.store.listRange(chatLog(chatId), 0, 100);
    return entries
      .map((entry) => JSON.parse(entry) as { kind: string; body?: { text?: string } })
      .flatMap(({ kind, body }) => (kind === "text" ? [body?.text] : []));
  };

  /** Dies before each write in turn; others come after it, until everything that was to be done is done. */
  async function dieAtEveryWrite(
    prepare: (ann: DomainPeer, chatId: string, clientId: string) => Promise<void>,
    deed: (ann: DomainPeer, chatId: string, clientId: string) => Promise<unknown>,
    check: (texts: readonly (string | undefined)[], told: boolean) => void,
  ): Promise<void> {
    for (let writes = 0; writes < WRITES_MAX; writes += 1) {
      const dying = new DyingStore();
      const { node, ann } = await enter(dying);
      const { chatId } = (await ann.call("chat.createGroup", { name: "g", members: [] })).chat;
      const clientId = uuidv7(clock.now());
      await prepare(ann, chatId, clientId);
      dying.dieAfter(writes);
      const told = await deed(ann, chatId, clientId).then(
        () => true,
        () => false,
      );
      await node.services.dispose().catch(() => {});
      const survived = !dying.isDead;
      dying.dieAfter(0);
      // The first of these replays intents as it starts; the time has come at the second.
      for (let i = 0; i < 4; i += 1) {
        const next = await enter();
        clock.forward(31_000);
        await next.node.services.dispose();
      }
      const at = `after ${writes} writes`;
      check(await textsOf(chatId), told);
      const last = await enter();
      assert.deepEqual((await last.ann.call("message.scheduled", {})).messages, [], at);
      await last.node.services.dispose();
      assert.deepEqual(await heirs.store.sortedRange(DUE, 0, clock.now() + DAY_MS, 10), [], at);
      for (let shard = 0; shard < INTENT_SHARDS; shard += 1) {
        assert.deepEqual(await heirs.store.hashGetAll(intentShard(shard)), {}, at);
      }
      if (survived) return;
    }
    assert.fail("The deed takes more writes than are tried");
  }

  const nothing = async () => {};
  const noticesOf = async (userId: string) => {
    // So much time passes that a month may end meanwhile.
    const months = new Set([monthOf(clock.now() - DAY_MS), monthOf(clock.now())]);
    const inboxes = [...months].map((month) => heirs.store.listRange(userInbox(userId, month), 0, 100_000));
    const notices = (await Promise.all(inboxes)).flat();
    return notices.filter((text) => text.includes('"kind":"scheduled"')).length;
  };

  test("[MSG-13] while it schedules: what it acknowledged is sent, once", async () => {
    await dieAtEveryWrite(
      nothing,
      (ann, chatId, clientId) => ann.call("message.schedule", message(chatId, "once", clientId)),
      (texts, told) => {
        if (told) assert.deepEqual(texts, ["once"]);
        else assert.ok(texts.length <= 1);
      },
    );
  });

  test("[MSG-13] at the minute of the message: it is sent, once, and the devices are told", async () => {
    let userId = "";
    let noticed = 0;
    await dieAtEveryWrite(
      async (ann, chatId, clientId) => {
        userId = ann.userId;
        await ann.call("message.schedule", message(chatId, "once", clientId));
        noticed = await noticesOf(userId);
      },
      async () => clock.forward(31_000),
      (texts) => assert.deepEqual(texts, ["once"]),
    );
    assert.ok((await noticesOf(userId)) > noticed);
  });

  test("[MSG-13] while it changes or takes back: one of the two is sent, or none", async () => {
    await dieAtEveryWrite(
      (ann, chatId, clientId) => ann.call("message.schedule", message(chatId, "old", clientId)).then(nothing),
      (ann, chatId, clientId) => ann.call("message.schedule", message(chatId, "new", clientId)),
      (texts, told) => assert.ok(texts.length === 1 && (texts[0] === "new" || !told), texts.join()),
    );
    await dieAtEveryWrite(
      (ann, chatId, clientId) => ann.call("message.schedule", message(chatId, "old", clientId)).then(nothing),
      (ann, _chatId, clientId) => ann.call("message.unschedule", { clientId }),
      (texts, told) => assert.ok(texts.length === 0 || (texts.length === 1 && !told), texts.join()),
    );
  });
});
