import assert from "node:assert/strict";
import { test } from "node:test";
import { limits } from "@parley/protocol";
import { pollVotes } from "../src/store/keys.ts";
import { ask, chatMessageMarks, person, say } from "./_util/domain-marks.ts";
import type { DomainNode } from "./_util/domain-node.ts";
import type { DomainPeer } from "./_util/domain-peer.ts";
import { onEachStore } from "./_util/domain-stores.ts";
import { refused } from "./_util/refusal.ts";

onEachStore((store) => {
  const setUp = () => chatMessageMarks(store);
  const again = async (node: DomainNode, peer: DomainPeer) => {
    const other = node.connect();
    await other.signInAs((await peer.call("account.get", {})).handle);
    return other;
  };

  test("[MSG-13] everybody has one vote, which they may change and take back, and both see the counts", async () => {
    const { alice, bob, chatId } = await setUp();
    const seq = await ask(store, alice, chatId);
    const { poll } = await alice.call("message.vote", { chatId, seq, options: [0] });
    assert.deepEqual(poll, {
      counts: [1, 0, 0],
      voters: 1,
      mine: [0],
      closed: false,
      people: [[alice.userId], [], []],
    });
    await bob.call("message.vote", { chatId, seq, options: [0] });
    await bob.call("message.vote", { chatId, seq, options: [2] });
    const seen = (await alice.call("message.poll", { chatId, seq })).poll;
    assert.deepEqual([seen.counts, seen.voters, seen.mine], [[1, 0, 1], 2, [0]]);
    const taken = (await bob.call("message.vote", { chatId, seq, options: [] })).poll;
    assert.deepEqual([taken.counts, taken.voters, taken.mine, taken.people?.[2]], [[1, 0, 0], 1, [], []]);
  });

  test("[MSG-13] votes are told live, several of a moment once", async () => {
    const { there, alice, bob, chatId } = await setUp();
    const seq = await ask(store, alice, chatId);
    const [phone] = await Promise.all([again(there, alice), bob.call("sync.pull", {})]);
    const from = store.clock.now();
    for (let i = 0; i < 20; i += 1) await alice.call("message.vote", { chatId, seq, options: [i % 3] });
    await store.forward(1000);
    for (const peer of [alice, bob, phone]) assert.deepEqual(await peer.event("poll.changed"), { chatId, seq });
    await alice.call("message.closePoll", { chatId, seq });
    await store.forward(1000);
    await bob.heard("poll.changed", 2);
    const told = bob.pushed("poll.changed").length;
    assert.ok(told <= 1 + Math.ceil((store.clock.now() - from) / 250), `${told}`);
    assert.ok(told < 20, `${told}`);
  });

  test("[MSG-13] votes of one person from everywhere at once are one vote", async () => {
    const { here, there, alice, bob, chatId } = await setUp();
    const seq = await ask(store, alice, chatId, { multiple: true });
    const devices = [bob, ...(await Promise.all([again(here, bob), again(there, bob)]))];
    const votes = Array.from({ length: 60 }, (_, i) => [i % 3]);
    await Promise.all(
      votes.map((options, i) => (devices[i % 3] ?? bob).call("message.vote", { chatId, seq, options })),
    );
    const { poll } = await alice.call("message.poll", { chatId, seq });
    assert.equal(poll.voters, 1);
    assert.equal(
      poll.counts.reduce((sum, count) => sum + count, 0),
      1,
    );
    const both = (await bob.call("message.vote", { chatId, seq, options: [2, 0] })).poll;
    assert.deepEqual([both.counts, both.voters, both.mine], [[1, 0, 1], 1, [0, 2]]);
    // A writer who wakes late replaces nothing newer.
    await here.store.hashSet(pollVotes(chatId, seq), `${bob.userId}#1`, "[1]");
    assert.deepEqual((await alice.call("message.poll", { chatId, seq })).poll.counts, [1, 0, 1]);
    // What a writer who died left behind is cleared away little by little.
    await bob.call("message.vote", { chatId, seq, options: [1] });
    assert.ok((await here.store.hashLength(pollVotes(chatId, seq))) <= 4);
  });

  test("[MSG-13] choices are those of the poll, and votes those of its readers", async () => {
    const { here, alice, bob, chatId } = await setUp();
    const seq = await ask(store, alice, chatId);
    const vote = (options: number[], at = seq) => bob.call("message.vote", { chatId, seq: at, options });
    await refused(vote([3]), "INVALID_PARAMS");
    await refused(vote([0, 1]), "INVALID_PARAMS");
    await refused(vote([0], seq + 1), "SEQ_OUT_OF_RANGE");
    const text = await say(store, bob, chatId, "no poll");
    await refused(vote([0], text), "NOT_EDITABLE");
    await refused(bob.call("message.poll", { chatId, seq: text }), "NOT_EDITABLE");
    const stranger = await person(here);
    await refused(stranger.call("message.vote", { chatId, seq, options: [0] }), "CHAT_NOT_FOUND");
    await refused(stranger.call("message.poll", { chatId, seq }), "CHAT_NOT_FOUND");
  });

  test("[MSG-13] an anonymous poll tells nobody who chose what", async () => {
    const { alice, bob, chatId } = await setUp();
    const seq = await ask(store, alice, chatId, { anonymous: true });
    const { poll } = await bob.call("message.vote", { chatId, seq, options: [1] });
    assert.deepEqual(poll, { counts: [0, 1, 0], voters: 1, mine: [1], closed: false });
    const seen = await alice.call("message.poll", { chatId, seq });
    assert.deepEqual(seen.poll, { counts: [0, 1, 0], voters: 1, mine: [], closed: false });
    await store.forward(1000);
    await alice.event("poll.changed");
    assert.ok(!JSON.stringify(alice.pushed("poll.changed")).includes(bob.userId));
  });

  test("[MSG-13] a poll is closed by its time, by who asked or by an admin, for good", async () => {
    const { alice, bob } = await setUp();
    const { chatId } = (await alice.call("chat.createGroup", { name: "G", members: [bob.userId] })).chat;
    const timed = await ask(store, alice, chatId, { closesAt: store.clock.now() + 60_000 });
    const vote = (peer: DomainPeer, seq: number) => peer.call("message.vote", { chatId, seq, options: [0] });
    await vote(bob, timed);
    await store.forward(60_000);
    await refused(vote(alice, timed), "POLL_CLOSED");
    const ended = (await alice.call("message.poll", { chatId, seq: timed })).poll;
    assert.deepEqual([ended.closed, ended.voters], [true, 1]);
    const ofAlice = await ask(store, alice, chatId);
    await refused(bob.call("message.closePoll", { chatId, seq: ofAlice }), "FORBIDDEN");
    const ofBob = await ask(store, bob, chatId);
    await bob.call("message.closePoll", { chatId, seq: ofBob });
    await alice.call("message.closePoll", { chatId, seq: ofAlice });
    for (const seq of [ofAlice, ofBob]) {
      await refused(vote(alice, seq), "POLL_CLOSED");
      await alice.call("message.closePoll", { chatId, seq });
      assert.equal((await bob.call("message.poll", { chatId, seq })).poll.closed, true);
    }
  });

  test("[MSG-13] votes that overtake the closing are counted, later ones never", async () => {
    const { alice, bob, chatId } = await setUp();
    const seq = await ask(store, alice, chatId);
    const votes = [alice, bob, alice, bob, alice, bob].map((peer, i) =>
      peer.call("message.vote", { chatId, seq, options: [i % 3] }).catch(() => {}),
    );
    await votes[0];
    await alice.call("message.closePoll", { chatId, seq });
    await Promise.all(votes);
    const { poll } = await alice.call("message.poll", { chatId, seq });
    await refused(bob.call("message.vote", { chatId, seq, options: [2] }), "POLL_CLOSED");
    assert.deepEqual((await alice.call("message.poll", { chatId, seq })).poll, poll);
    assert.ok(poll.voters <= 2);
  });

  test("[MSG-13] [MSG-8] a poll that is taken back has no votes any more", async () => {
    const { here, alice, bob, chatId } = await setUp();
    const seq = await ask(store, alice, chatId);
    await bob.call("message.vote", { chatId, seq, options: [0] });
    await alice.call("message.retract", { chatId, seq: seq });
    assert.equal(await here.store.exists(pollVotes(chatId, seq)), false);
    await refused(bob.call("message.vote", { chatId, seq, options: [0] }), "MESSAGE_RETRACTED");
    await refused(bob.call("message.poll", { chatId, seq }), "MESSAGE_RETRACTED");
    await refused(alice.call("message.closePoll", { chatId, seq }), "MESSAGE_RETRACTED");
  });

  test("[MSG-13] a poll of two thousand is counted, and names some of them", async () => {
    const { here, alice, chatId } = await setUp();
    const seq = await ask(store, alice, chatId);
    const uid = (i: number) =>
      `${"a".repeat(22)}${i
        .toString(26)
        .padStart(4, "0")
        .replace(/[0-9]/g, (n) => "qrstuvwxyz"[Number(n)] ?? "")}`;
    const fields = Array.from({ length: 2000 }, (_, i) => [`${uid(i)}#1`, `[${i % 3}]`]);
    await here.store.hashSetMany(pollVotes(chatId, seq), Object.fromEntries(fields));
    const { poll } = await alice.call("message.vote", { chatId, seq, options: [2] });
    assert.deepEqual([poll.counts, poll.voters], [[667, 667, 667], 2001]);
    assert.deepEqual(
      poll.people?.map(({ length }) => length),
      [0, 0, 0].map(() => limits.REACTION_PEOPLE_MAX),
    );
  });
});
