import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { systemClock } from "../src/platform.ts";
import { readHead } from "../src/records/entry.ts";
import { readRetract } from "../src/records/overlay.ts";
import { COPY_INTENT_MS, voidCopies } from "../src/store/append-once.ts";
import { chatLog, chatOverlay, chatReactions, dedupeId, intentShard, intentsOf } from "../src/store/keys.ts";
import { VOID_ENTRY } from "../src/store/log-entry.ts";
import { uuidv7 } from "./_util/client-ids.ts";
import { DyingDeeds } from "./_util/dying-deeds.ts";
import { DyingStore } from "./_util/dying-store.ts";
import { removeTemporaryFolders } from "./_util/folder.ts";
import { monthNotices, noticesOf } from "./_util/month-notices.ts";

let deeds: DyingDeeds;
before(async () => {
  deeds = await DyingDeeds.start();
});
afterEach(() => deeds.end());
after(async () => {
  await deeds.stop();
  await removeTemporaryFolders();
});

test("[MSG-10] a stored message tells whom it mentions, wherever the node dies", async () => {
  let chatId = "";
  let clientId = "";
  await deeds.dieAtEveryWrite(
    async ({ owner, bob }) => {
      chatId = (await owner.call("chat.createGroup", { name: "Hey", members: [bob.userId] })).chat.chatId;
      clientId = uuidv7();
      const body = { text: "hey", mentions: [bob.userId] };
      return () => owner.call("message.send", { chatId, clientId, kind: "text", body });
    },
    async ({ bob }, told) => {
      const stored = (await deeds.log(chatId)).length === 2;
      assert.ok(stored || !told);
      const notices = await monthNotices(bob);
      const mentions = notices.filter((notice) => notice.kind === "mention" && notice.chatId === chatId);
      assert.equal(mentions.length > 0, stored);
    },
  );
});

test("[MSG-10] a stored message that mentions everybody tells everybody, wherever the node dies", async () => {
  let chatId = "";
  await deeds.dieAtEveryWrite(
    async ({ owner, bob, carol }) => {
      const members = [bob.userId, carol.userId];
      chatId = (await owner.call("chat.createGroup", { name: "All", members })).chat.chatId;
      const body = { text: "all", mentionAll: true as const };
      return () => owner.call("message.send", { chatId, clientId: uuidv7(), kind: "text", body });
    },
    async ({ bob, carol }, told) => {
      const stored = (await deeds.log(chatId)).length === 2;
      assert.ok(stored || !told);
      for (const peer of [bob, carol]) assert.equal((await noticesOf(peer, "mention", chatId)).length > 0, stored);
    },
  );
});

test("[MSG-8] a retract leaves nothing and reaches everybody, or has not begun, wherever the node dies", async () => {
  const canary = `canary${uuidv7().replaceAll("-", "")}`;
  let chatId = "";
  await deeds.dieAtEveryWrite(
    async ({ owner, bob, carol }) => {
      const members = [bob.userId, carol.userId];
      chatId = (await owner.call("chat.createGroup", { name: "Oops", members })).chat.chatId;
      await bob.call("message.send", { chatId, clientId: uuidv7(), kind: "text", body: { text: canary } });
      await bob.call("message.edit", { chatId, seq: 2, body: { text: `${canary}, again` } });
      await bob.call("message.edit", { chatId, seq: 2, body: { text: `${canary}, once more` } });
      await owner.call("message.react", { chatId, seq: 2, emoji: "👍", on: true });
      return () => bob.call("message.retract", { chatId, seq: 2 });
    },
    async ({ node, owner, bob, carol }, told) => {
      const [entry = ""] = await node.store.listRange(chatLog(chatId), 1, 1);
      const gone = readHead(entry)?.kind === "retracted";
      assert.ok(gone || !told);
      const overlay = await node.store.hashGetAll(chatOverlay(chatId));
      assert.equal(entry.includes(canary), !gone);
      assert.equal(JSON.stringify(overlay).includes(canary), !gone);
      assert.equal(Object.keys(await node.store.hashGetAll(chatReactions(chatId, 2))).length === 0, gone);
      for (const peer of [owner, bob, carol]) assert.equal((await noticesOf(peer, "retract", chatId)).length > 0, gone);
    },
  );
});

test("[MSG-8] [S9] a retract that goes on behind a lost tail of the store spares the message that has its place", async () => {
  const { node, owner, bob } = await deeds.enter();
  const { chatId } = (await owner.call("chat.createGroup", { name: "Tail", members: [bob.userId] })).chat;
  const { seq } = await bob.call("message.send", { chatId, clientId: uuidv7(), kind: "text", body: { text: "stays" } });
  const args = { chatId, seq, clientId: uuidv7(), by: bob.userId, at: Date.now() };
  const intent = { kind: "retract", args, startedAt: Date.now() };
  await deeds.first.store.hashSet(intentsOf(chatId), "retract", JSON.stringify(intent));
  await (await deeds.enter()).node.stop();
  assert.deepEqual(await deeds.unfinished(), []);
  assert.ok((await deeds.log(chatId))[seq - 1]?.includes("stays"));
  assert.equal((await noticesOf(bob, "retract", chatId)).length, 0);
  assert.equal(await readRetract(deeds.first.store, chatId, seq), null);
  await node.stop();
});

test("[MSG-9] an edit that was answered reaches everybody and whom it mentions, wherever the node dies", async () => {
  let chatId = "";
  await deeds.dieAtEveryWrite(
    async ({ owner, bob, carol }) => {
      const members = [bob.userId, carol.userId];
      chatId = (await owner.call("chat.createGroup", { name: "Better", members })).chat.chatId;
      await bob.call("message.send", { chatId, clientId: uuidv7(), kind: "text", body: { text: "so" } });
      const body = { text: "so then", mentions: [carol.userId] };
      return () => bob.call("message.edit", { chatId, seq: 2, body });
    },
    async ({ owner, bob, carol }, told) => {
      const { messages } = await owner.call("message.get", { chatId, seqs: [2] });
      const [message] = messages;
      const edited = message?.kind === "text" && message.body.text === "so then";
      assert.ok(edited || !told);
      for (const peer of [owner, bob, carol]) assert.equal((await noticesOf(peer, "edit", chatId)).length > 0, edited);
      assert.equal((await noticesOf(carol, "mention", chatId)).length > 0, edited);
    },
  );
});

test("[MSG-9] a message is pinned in the log and in its index, or in neither, wherever the node dies", async () => {
  let chatId = "";
  await deeds.dieAtEveryWrite(
    async ({ owner, bob }) => {
      chatId = (await owner.call("chat.createGroup", { name: "Board", members: [bob.userId] })).chat.chatId;
      await bob.call("message.send", { chatId, clientId: uuidv7(), kind: "text", body: { text: "so" } });
      return () => owner.call("message.pin", { chatId, seq: 2, on: true });
    },
    async ({ bob }, told) => {
      const entries = (await deeds.log(chatId)).slice(2);
      const { pins } = await bob.call("message.pins", { chatId });
      assert.ok(entries.length === 1 || (entries.length === 0 && !told));
      assert.deepEqual(
        pins.map(({ seq }) => seq),
        entries.map(() => 2),
      );
    },
  );
});

test("[MSG-8] [MSG-9] an edit that is written while its message is retracted leaves nothing", async () => {
  const dying = new DyingStore();
  const { node, owner, bob } = await deeds.enter(dying);
  const canary = `canary${uuidv7().replaceAll("-", "")}`;
  const { chatId } = (await owner.call("chat.createGroup", { name: "Race", members: [bob.userId] })).chat;
  const send = () => bob.call("message.send", { chatId, clientId: uuidv7(), kind: "text", body: { text: canary } });
  for (let round = 0; round < 30; round += 1) {
    const { seq } = await send();
    await Promise.allSettled([
      bob.call("message.edit", { chatId, seq, body: { text: `${canary} ${round}` } }),
      ...(round % 2 === 0 ? [] : [bob.call("message.edit", { chatId, seq, body: { text: `${canary} other` } })]),
      owner.call("message.retract", { chatId, seq }),
    ]);
    assert.equal(readHead((await deeds.log(chatId))[seq - 1] ?? "")?.kind, "retracted");
    assert.ok(!JSON.stringify(await node.store.hashGetAll(chatOverlay(chatId))).includes(canary));
  }
  await node.services.dispose();
});

test("[MSG-11] a copy that was seen before it was made void is taken back from everybody, wherever the node dies", async () => {
  const chats: { chatId: string; copy: number }[] = [];
  await deeds.dieAtEveryWrite(
    async ({ node, owner, bob }) => {
      const { chatId } = (await owner.call("chat.createGroup", { name: "Seen", members: [bob.userId] })).chat;
      const clientId = uuidv7();
      const { seq } = await owner.call("message.send", { chatId, clientId, kind: "text", body: { text: "once" } });
      const copy = await deeds.first.store.listPush(chatLog(chatId), (await deeds.log(chatId))[seq - 1] ?? "");
      chats.push({ chatId, copy });
      const args = { log: chatLog(chatId), id: dedupeId(owner.userId, clientId), lo: 0 };
      const intent = { kind: "copy", args, startedAt: Date.now() - COPY_INTENT_MS };
      await deeds.first.store.hashSet(intentsOf(args.log), "copy", JSON.stringify(intent));
      return () => voidCopies(node.services.deps.store, systemClock, args);
    },
    async ({ owner, bob }) => {
      const { chatId, copy } = chats.at(-1) ?? { chatId: "", copy: 0 };
      // The first look for unfinished deeds makes the copy void, a later one tells of it.
      await (await deeds.enter()).node.stop();
      assert.deepEqual((await deeds.log(chatId)).slice(copy - 1), [VOID_ENTRY]);
      for (const peer of [owner, bob]) {
        const notices = await monthNotices(peer);
        const hidden = notices.filter((notice) => notice.kind === "hide" && notice.chatId === chatId);
        assert.ok(hidden.length > 0);
        for (const notice of hidden) assert.deepEqual(notice, { kind: "hide", chatId, seqs: [copy] });
      }
    },
  );
});

test("a place of a copy that another message has taken in a later life of the store is left alone", async () => {
  const { node, owner } = await deeds.enter();
  const { chatId } = (await owner.call("chat.createGroup", { name: "Taken", members: [] })).chat;
  const clientId = uuidv7();
  const { seq } = await owner.call("message.send", { chatId, clientId, kind: "text", body: { text: "another" } });
  for (const id of [dedupeId(owner.userId, clientId), dedupeId(owner.userId, uuidv7())]) {
    const intent = { kind: "voided", args: { log: chatLog(chatId), id, lo: 0, seq }, startedAt: Date.now() - 60_000 };
    await deeds.first.store.hashSet(intentShard(0), "voided", JSON.stringify(intent));
    await node.services.dispose();
    await (await deeds.enter()).node.stop();
    assert.equal(readHead((await deeds.log(chatId))[seq - 1] ?? "")?.kind, "text");
    assert.deepEqual(await noticesOf(owner, "hide", chatId), []);
  }
  assert.deepEqual(await deeds.unfinished(), []);
});

test("a copy that arrives after its intent was first looked at is made void all the same", async () => {
  const { node, owner } = await deeds.enter();
  const { chatId } = (await owner.call("chat.createGroup", { name: "Twice", members: [] })).chat;
  const clientId = uuidv7();
  const { seq } = await owner.call("message.send", { chatId, clientId, kind: "text", body: { text: "once" } });
  const args = { log: chatLog(chatId), id: dedupeId(owner.userId, clientId), lo: 0 };
  const write = (startedAt: number) =>
    deeds.first.store.hashSet(intentShard(0), "copy", JSON.stringify({ kind: "copy", args, startedAt }));
  // Others may be there: an edit whose message was retracted under it is taken up only after a while.
  const isKept = async () => (await deeds.first.store.hashGet(intentShard(0), "copy")) !== null;
  const restart = async () => (await deeds.enter()).node.services.dispose();
  await node.services.dispose();

  await write(Date.now());
  await restart();
  await deeds.first.store.listPush(chatLog(chatId), (await deeds.log(chatId))[seq - 1] ?? "");
  await restart();
  assert.deepEqual((await deeds.log(chatId)).slice(seq), [VOID_ENTRY]);
  assert.equal(await isKept(), true);
  await write(Date.now() - COPY_INTENT_MS);
  await restart();
  assert.equal(await isKept(), false);
});
