import assert from "node:assert/strict";
import { test } from "node:test";
import { limits } from "@parley/protocol";
import { pinsOf } from "../src/records/pins.ts";
import { chatMessageMarks, person, say } from "./_util/domain-marks.ts";
import type { DomainPeer } from "./_util/domain-peer.ts";
import { onEachStore } from "./_util/domain-stores.ts";
import { refused } from "./_util/refusal.ts";

onEachStore((store) => {
  const setUp = () => chatMessageMarks(store);
  const pinned = async (peer: DomainPeer, chatId: string) =>
    (await peer.call("message.pins", { chatId })).pins.map(({ seq }) => seq);

  test("[MSG-9] either person of a direct chat pins; an entry of the log tells it to both, and to who asks", async () => {
    const { alice, bob, chatId } = await setUp();
    const [first, second] = [await say(store, alice, chatId, "one"), await say(store, bob, chatId, "two")];
    const { seq } = await alice.call("message.pin", { chatId, seq: second, on: true });
    const entry = await bob.event("message.new", (message) => message.seq === seq);
    assert.deepEqual(entry.kind === "system" && entry.body, { event: "pinned", seq: second, on: true });
    assert.deepEqual(await alice.call("message.pin", { chatId, seq: second, on: true }), { seq });
    await bob.call("message.pin", { chatId, seq: first, on: true });
    const { pins } = await alice.call("message.pins", { chatId });
    assert.deepEqual(
      pins.map((pin) => [pin.seq, pin.by]),
      [
        [first, bob.userId],
        [second, alice.userId],
      ],
    );
    await alice.call("message.pin", { chatId, seq: first, on: false });
    assert.deepEqual(await alice.call("message.pin", { chatId, seq: first, on: false }), { seq: 0 });
    assert.deepEqual(await pinned(bob, chatId), [second]);
    await bob.call("message.pin", { chatId, seq: first, on: true });
    assert.deepEqual(await pinned(alice, chatId), [first, second]);
    const { chats } = await bob.call("sync.pull", {});
    assert.deepEqual(chats.find((state) => state.chat.chatId === chatId)?.pins, [first, second]);
  });

  test("[MSG-9] in a group admins pin, and a retracted message is not pinned any more", async () => {
    const { here, alice, bob } = await setUp();
    const { chatId } = (await alice.call("chat.createGroup", { name: "G", members: [bob.userId] })).chat;
    const seq = await say(store, bob, chatId, "important");
    await refused(bob.call("message.pin", { chatId, seq, on: true }), "FORBIDDEN");
    await refused(alice.call("message.pin", { chatId, seq: 1, on: true }), "NOT_EDITABLE");
    await refused(alice.call("message.pin", { chatId, seq: seq + 1, on: true }), "SEQ_OUT_OF_RANGE");
    await alice.call("message.pin", { chatId, seq, on: true });
    assert.deepEqual(await pinned(bob, chatId), [seq]);
    const late = await person(here);
    await alice.call("member.add", { chatId, userId: late.userId });
    assert.deepEqual(await pinned(late, chatId), []);
    await alice.call("message.retract", { chatId, seq: seq });
    assert.deepEqual(await pinned(bob, chatId), []);
    assert.deepEqual(await pinsOf(here.store, chatId), []);
    await refused(alice.call("message.pin", { chatId, seq, on: true }), "MESSAGE_RETRACTED");
    await refused((await person(here)).call("message.pins", { chatId }), "CHAT_NOT_FOUND");
  });

  test("[MSG-9] so many messages are pinned and no more", async () => {
    const { alice, bob, chatId } = await setUp();
    const seqs: number[] = [];
    for (let i = 0; i <= limits.PINS_MAX; i += 1) seqs.push(await say(store, alice, chatId, `m${i}`));
    for (const seq of seqs.slice(0, limits.PINS_MAX)) await alice.call("message.pin", { chatId, seq, on: true });
    const last = { chatId, seq: seqs.at(-1) ?? 0, on: true };
    await refused(bob.call("message.pin", last), "LIMIT_REACHED");
    await bob.call("message.pin", { chatId, seq: seqs[0] ?? 0, on: false });
    await bob.call("message.pin", last);
    assert.equal((await pinned(alice, chatId)).length, limits.PINS_MAX);
  });

  test("[MSG-11] who has read a message, and who has only received it", async () => {
    const { here, there, alice, bob } = await setUp();
    const [carol, dave, late] = [await person(here), await person(there), await person(here)];
    const members = [bob, carol, dave].map(({ userId }) => userId);
    const { chatId } = (await alice.call("chat.createGroup", { name: "G", members })).chat;
    const seq = await say(store, alice, chatId, "read me");
    await alice.call("member.add", { chatId, userId: late.userId });
    const head = await say(store, bob, chatId, "later");
    await bob.call("message.markRead", { chatId, seq: head });
    await late.call("message.markRead", { chatId, seq: head });
    await carol.call("message.markDelivered", { chatId, seq });
    const ids = async (peer: DomainPeer) => {
      const { read, delivered } = await peer.call("message.readers", { chatId, seq });
      return { read: read.map(({ userId }) => userId), delivered: delivered.map(({ userId }) => userId) };
    };
    assert.deepEqual(await ids(alice), { read: [bob.userId], delivered: [carol.userId] });
    await carol.call("message.markRead", { chatId, seq });
    const all = await ids(dave);
    assert.deepEqual([all.read.sort(), all.delivered], [[bob.userId, carol.userId].sort(), []]);
    await refused(late.call("message.readers", { chatId, seq }), "SEQ_OUT_OF_RANGE");
    await refused(dave.call("message.readers", { chatId, seq: 1 }), "NOT_EDITABLE");
    await refused((await person(here)).call("message.readers", { chatId, seq }), "CHAT_NOT_FOUND");
  });
});
