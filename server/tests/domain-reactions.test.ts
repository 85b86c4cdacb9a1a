import assert from "node:assert/strict";
import { test } from "node:test";
import { limits } from "@parley/protocol";
import { eraseReactions } from "../src/domain/messages/reactions.ts";
import { chatMessageMarks, person, say } from "./_util/domain-marks.ts";
import { onEachStore } from "./_util/domain-stores.ts";
import { refused } from "./_util/refusal.ts";

const FACES = Array.from({ length: limits.REACTIONS_PER_MESSAGE_MAX }, (_, i) => String.fromCodePoint(0x1f600 + i));

onEachStore((store) => {
  const setUp = () => chatMessageMarks(store);

  test("[MSG-9] a reaction reaches both nodes live, is counted once, and is withdrawn", async () => {
    const { alice, bob, chatId } = await setUp();
    const seq = await say(store, alice, chatId, "hello");
    await bob.call("message.react", { chatId, seq, emoji: "👍", on: true });
    await bob.call("message.react", { chatId, seq, emoji: "👍", on: true });
    await alice.call("message.react", { chatId, seq, emoji: "👍", on: true });
    const expected = { chatId, seq, userId: bob.userId, emoji: "👍", on: true };
    for (const peer of [alice, bob]) {
      assert.deepEqual(await peer.event("reaction.changed", ({ userId }) => userId === bob.userId), expected);
      await peer.event("reaction.changed", ({ userId }) => userId === alice.userId);
      assert.equal(peer.pushed("reaction.changed").length, 2);
    }
    const asked = await bob.call("message.reactions", { chatId, from: 1, to: 100 });
    const thumb = { emoji: "👍", count: 2, mine: true, people: [bob.userId, alice.userId] };
    assert.deepEqual(asked.messages, [{ seq, reactions: [thumb] }]);
    await alice.call("message.react", { chatId, seq, emoji: "👍", on: false });
    await bob.event("reaction.changed", ({ on }) => !on);
    const { messages } = await alice.call("message.reactions", { chatId, from: seq, to: seq });
    assert.deepEqual(messages[0]?.reactions, [{ emoji: "👍", count: 1, mine: false, people: [bob.userId] }]);
    await bob.call("message.react", { chatId, seq, emoji: "👍", on: false });
    assert.deepEqual((await alice.call("message.reactions", { chatId, from: 1, to: 200 })).messages, []);
  });

  test("[MSG-9] a message has at most so many different emoji, however many react at once", async () => {
    const { alice, bob, chatId } = await setUp();
    const seq = await say(store, alice, chatId, "funny");
    const everything = [...FACES, "👍", "🎉", "🚀", "🐙"];
    const react = (peer: typeof alice, emoji: string) =>
      peer.call("message.react", { chatId, seq, emoji, on: true }).then(
        () => emoji,
        () => null,
      );
    await Promise.all([alice, bob].flatMap((peer) => everything.map((emoji) => react(peer, emoji))));
    const { messages } = await alice.call("message.reactions", { chatId, from: seq, to: seq });
    const reactions = messages[0]?.reactions ?? [];
    assert.equal(reactions.length, limits.REACTIONS_PER_MESSAGE_MAX);
    assert.equal(new Set(reactions.map(({ emoji }) => emoji)).size, limits.REACTIONS_PER_MESSAGE_MAX);
    for (const { count } of reactions) assert.equal(count, 2);
    const left = everything.find((emoji) => !reactions.some((one) => one.emoji === emoji)) ?? "";
    await refused(alice.call("message.react", { chatId, seq, emoji: left, on: true }), "LIMIT_REACHED");
  });

  test("[MSG-9] one reacts with one emoji, to messages of people that one may read", async () => {
    const { alice, bob, here } = await setUp();
    const { chatId } = (await alice.call("chat.createGroup", { name: "G", members: [] })).chat;
    const before = await say(store, alice, chatId, "before");
    await alice.call("member.add", { chatId, userId: bob.userId });
    const seq = await say(store, alice, chatId, "after");
    const react = (at: number, emoji = "👍") => bob.call("message.react", { chatId, seq: at, emoji, on: true });
    for (const emoji of ["abc", "1", "👍👍", "<b>"]) await refused(react(seq, emoji), "INVALID_PARAMS");
    await refused(react(before), "SEQ_OUT_OF_RANGE");
    await refused(react(seq + 1), "SEQ_OUT_OF_RANGE");
    await refused(react(seq - 1), "NOT_EDITABLE");
    await alice.call("message.react", { chatId, seq: before, emoji: "👍", on: true });
    assert.deepEqual((await bob.call("message.reactions", { chatId, from: 1, to: seq })).messages, []);
    await alice.call("message.react", { chatId, seq, emoji: "👍", on: true });
    await bob.event("reaction.changed");
    assert.deepEqual(
      bob.pushed("reaction.changed").map((reaction) => reaction.seq),
      [seq],
    );
    await alice.call("chat.update", { chatId, historyForNew: true });
    await bob.call("message.react", { chatId, seq: before, emoji: "🎉", on: true });
    await bob.event("reaction.changed", (reaction) => reaction.seq === before);
    assert.deepEqual(
      (await bob.call("message.reactions", { chatId, from: 1, to: before })).messages[0]?.reactions.map(
        ({ emoji }) => emoji,
      ),
      ["👍", "🎉"],
    );
    await refused(bob.call("message.reactions", { chatId, from: 1, to: 201 }), "INVALID_PARAMS");
    await refused(bob.call("message.reactions", { chatId, from: 5, to: 4 }), "INVALID_PARAMS");
    const stranger = await person(here);
    await refused(stranger.call("message.react", { chatId, seq, emoji: "👍", on: true }), "CHAT_NOT_FOUND");
    await refused(stranger.call("message.reactions", { chatId, from: 1, to: 5 }), "CHAT_NOT_FOUND");
  });

  test("[MSG-9] [MSG-8] a retract takes reactions with it, and one that comes late does not come back", async () => {
    const { here, alice, bob, chatId } = await setUp();
    const seq = await say(store, alice, chatId, "regretted");
    await bob.call("message.react", { chatId, seq, emoji: "😱", on: true });
    await alice.call("message.retract", { chatId, seq: seq });
    assert.deepEqual((await alice.call("message.reactions", { chatId, from: 1, to: 9 })).messages, []);
    await eraseReactions(here.store, chatId, seq);
    await eraseReactions(here.store, chatId, seq);
    await refused(bob.call("message.react", { chatId, seq, emoji: "😱", on: true }), "MESSAGE_RETRACTED");
    const other = await say(store, alice, chatId, "also regretted");
    // Half of them are on their way when it is taken back.
    const reacting = FACES.map((emoji, i) =>
      (i % 2 === 0 ? alice : bob).call("message.react", { chatId, seq: other, emoji, on: true }).catch(() => {}),
    );
    await reacting[3];
    await alice.call("message.retract", { chatId, seq: other });
    await eraseReactions(here.store, chatId, other);
    await Promise.all(reacting);
    for (const key of [1, 2, 3, 4, 5, 6].map((n) => `c:{${chatId}}:r:${other}:${n}`)) {
      assert.equal(await here.store.hashLength(key), 0, key);
    }
    assert.equal(await here.store.hashLength(`c:{${chatId}}:r:0`), 0);
  });

  test("[MSG-9] reactions of many people to messages on both sides of a thousand are counted, some are named", async () => {
    const { here, alice, chatId } = await setUp();
    for (let n = 0; n < 10; n += 1) {
      await Promise.all(Array.from({ length: 101 }, (_, i) => say(store, alice, chatId, `${n} ${i}`)));
    }
    const people = Array.from(
      { length: 300 },
      (_, i) => `${"abcdefghijklmnopqrstuvwx"}${String.fromCharCode(97 + (i % 26), 97 + Math.floor(i / 26))}`,
    );
    for (const seq of [998, 1003]) {
      await alice.call("message.react", { chatId, seq, emoji: "🚀", on: true });
      await Promise.all(people.map((uid, i) => here.store.hashSet(`c:{${chatId}}:r:${seq}:1`, uid, String(i))));
    }
    const { messages } = await alice.call("message.reactions", { chatId, from: 900, to: 1099 });
    assert.deepEqual(
      messages.map(({ seq, reactions: [one] }) => [seq, one?.count, one?.mine, one?.people.length]),
      [998, 1003].map((seq) => [seq, 301, true, limits.REACTION_PEOPLE_MAX]),
    );
  });
});
