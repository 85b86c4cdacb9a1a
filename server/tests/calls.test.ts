import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, test } from "node:test";
import { type Call, type CallFact, limits, type Signal } from "@parley/protocol";
import { addCallFact, listedCalls } from "../src/records/call-record.ts";
import { callKept, callKey, DUE, rungBy, userCalls } from "../src/store/keys.ts";
import {
  caller,
  callMessages,
  deviceOf,
  directChatOf,
  groupOf,
  hears,
  join,
  MICROPHONE,
  newPart,
  OFFER,
  signalOf,
  start,
  stateOf,
} from "./_util/call-people.ts";
import { uuidv7 } from "./_util/client-ids.ts";
import type { DomainNode } from "./_util/domain-node.ts";
import type { DomainPeer } from "./_util/domain-peer.ts";
import { onEachStore } from "./_util/domain-stores.ts";
import { removeTemporaryFolders } from "./_util/folder.ts";
import { turnsUntil } from "./_util/patience.ts";
import { outcome, refused } from "./_util/refusal.ts";

const SECOND_MS = 1_000;
const isEnded = (call: Call) => call.state === "ended";
const deviceIdOf = ({ session }: DomainPeer) => session?.deviceId ?? assert.fail();
const isActive = (call: Call) => call.state === "active";

onEachStore((store) => {
  let both: Promise<[DomainNode, DomainNode]> | null = null;
  /** Two, where the store can have so many. */
  const nodes = () => {
    both ??= Promise.all([store.node(), store.node()]);
    return both;
  };
  /** Two people on two nodes, and their direct chat. */
  const pair = async () => {
    const [here, there] = await nodes();
    const [ann, bob] = await Promise.all([caller(here), caller(there)]);
    return { here, there, ann, bob, chatId: await directChatOf(ann, bob) };
  };
  const talking = async () => {
    const all = await pair();
    const own = await start(all.ann, all.chatId);
    const bobs = await join(all.bob, own.callId);
    await hears(all.ann, own.callId, isActive);
    return { ...all, own, bobs, callId: own.callId };
  };
  /** Time passes until the device hears of the call in this state: the look at the call is taken by whoever leads. */
  const passUntil = async (peer: DomainPeer, callId: string, matches: (call: Call) => boolean) => {
    let done = false;
    const heard = hears(peer, callId, matches).finally(() => {
      done = true;
    });
    await turnsUntil(
      () => done,
      () => `${callId} to be as ${matches}`,
      () => store.forward(SECOND_MS),
    );
    return heard;
  };
  const endedAs = (call: Call) => (call.state === "ended" ? call.outcome : call.state);

  test("[CALL-1] it rings on all devices of the callee, at both nodes; who answers stops the others", async () => {
    const { here, there, ann, bob, chatId } = await pair();
    const tablet = await deviceOf(here, bob.userId);
    const { callId, call, ...own } = await start(ann, chatId, { video: true });
    assert.deepEqual([call.state, call.version, stateOf(call, bob.userId)], ["ringing", 1, "calling"]);
    for (const device of [bob, tablet]) assert.equal((await hears(device, callId, () => true)).video, true);
    await Promise.all([bob.call("call.ringing", { callId }), tablet.call("call.ringing", { callId })]);
    await hears(ann, callId, (told) => stateOf(told, bob.userId) === "ringing");
    const joined = await join(tablet, callId);
    assert.deepEqual(joined.call.participants.map(({ userId }) => userId).sort(), [ann.userId, bob.userId].sort());
    const told = await hears(bob, callId, isActive);
    assert.equal(told.participants.find(({ userId }) => userId === bob.userId)?.participantId, joined.participantId);
    await refused(join(bob, callId), "CALL_ANSWERED_ELSEWHERE");

    await hears(ann, callId, isActive);
    await ann.call("call.signal", signalOf({ callId, ...own }, joined));
    const heard = await tablet.event("call.signalled", (signal) => signal.callId === callId);
    assert.deepEqual(heard, { ...signalOf({ callId, ...own }, joined) });
    assert.deepEqual(bob.pushed("call.signalled"), [], "the other device is not told");

    await store.forward(65 * SECOND_MS);
    await tablet.call("call.leave", { callId, participantId: joined.participantId });
    const over = await hears(ann, callId, isEnded);
    assert.equal(endedAs(over), "finished");
    const [message, ...more] = await callMessages(bob, chatId);
    assert.deepEqual(more, []);
    assert.equal(message?.sender, ann.userId);
    assert.deepEqual({ ...message?.body, durationMs: 0 }, { callId, video: true, outcome: "finished", durationMs: 0 });
    assert.ok((message?.body.durationMs ?? 0) >= 65 * SECOND_MS);
    await ann.event("message.new", (event) => event.kind === "call");
    await tablet.call("call.leave", { callId, participantId: joined.participantId });
    assert.equal((await callMessages(bob, chatId)).length, 1, "leaving again leaves nothing");
    for (const node of [here, there]) assert.deepEqual(await node.store.hashGetAll(userCalls(bob.userId)), {});
  });

  test("[CALL-1] refused, busy, cancelled and missed calls say so, and count as unread where somebody missed something", async () => {
    const { here, ann, bob, chatId } = await pair();
    const unread = async (peer: DomainPeer) => {
      const { chats } = await peer.call("sync.pull", {});
      return chats.find(({ chat }) => chat.chatId === chatId)?.unread;
    };
    const next = () => store.kind === "embedded" && store.forward(6 * SECOND_MS);
    const ring = async () => {
      await next();
      // Of real stores only their own time counts.
      await here.store.delete(rungBy(bob.userId, ann.userId));
      return start(ann, chatId);
    };

    const first = await ring();
    await hears(bob, first.callId, () => true);
    await bob.call("call.refuse", { callId: first.callId, why: "refused" });
    assert.equal(endedAs(await hears(ann, first.callId, isEnded)), "refused");
    assert.equal(await unread(bob), 0, "who refuses knows of it");

    const second = await ring();
    await ann.call("call.leave", { callId: second.callId, participantId: second.participantId });
    assert.equal(endedAs(await hears(bob, second.callId, isEnded)), "cancelled");
    await refused(join(bob, second.callId), "CALL_OVER");
    assert.equal(await unread(bob), 1);
    assert.equal(await unread(ann), 0, "nobody misses a call of their own");

    const third = await ring();
    await passUntil(bob, third.callId, (call) => endedAs(call) === "missed");
    await bob.event("message.new", (event) => event.kind === "call" && event.body.outcome === "missed");
    assert.equal(await unread(bob), 2);

    const cid = await caller(here);
    const other = await start(cid, await directChatOf(cid, bob));
    await join(bob, other.callId);
    const fourth = await ring();
    assert.equal(endedAs(fourth.call), "busy", "the answer says so at once");
    await bob.event("message.new", (event) => event.kind === "call" && event.body.outcome === "busy");
    assert.equal(await unread(bob), 3);
    assert.deepEqual(
      bob.pushed("call.changed").filter(({ call }) => call.callId === fourth.callId && !isEnded(call)),
      [],
      "it never rang",
    );
    await cid.call("call.leave", { callId: other.callId, participantId: other.participantId });

    const outcomes = (await callMessages(ann, chatId)).map(({ body }) => body.outcome);
    assert.deepEqual(outcomes, ["refused", "cancelled", "missed", "busy"]);
    const [{ seq } = { seq: 0 }] = await callMessages(bob, chatId);
    await refused(ann.call("message.retract", { chatId, seq }), "NOT_EDITABLE");
    await refused(ann.call("message.edit", { chatId, seq, body: { text: "never" } }), "NOT_EDITABLE");
    const forward = { kind: "forward" as const, body: { chatId, seqs: [seq] } };
    await refused(ann.call("message.send", { chatId, clientId: uuidv7(), ...forward }), "NOT_FORWARDABLE");
    await ann.call("message.hide", { chatId, seqs: [seq] });
    assert.equal((await callMessages(ann, chatId)).length, 3, "one may delete it for oneself");
    assert.equal((await callMessages(bob, chatId)).length, 4);
  });

  test("[CALL-1] who is not heard of any more is out after a while, and who keeps is not", async () => {
    const { ann, bob, bobs, own, callId, chatId, here } = await talking();
    let done = false;
    const over = hears(ann, callId, isEnded).finally(() => {
      done = true;
    });
    const begun = store.clock.now();
    while (!done) {
      await store.forward(5 * SECOND_MS);
      const kept = await outcome(ann.call("call.keep", { callId, participantId: own.participantId }));
      assert.ok(kept === "ok" || kept === "CALL_OVER", kept);
    }
    const call = await over;
    assert.equal(endedAs(call), "finished");
    assert.ok(store.clock.now() - begun >= limits.CALL_LOST_MS);
    assert.deepEqual(
      call.participants.map(({ userId }) => userId),
      [ann.userId],
      "who kept was there to the end",
    );
    await hears(bob, callId, isEnded);
    await refused(bob.call("call.keep", { callId, participantId: bobs.participantId }), "CALL_OVER");
    await bob.event("message.new", (event) => event.kind === "call");
    assert.equal((await callMessages(bob, chatId)).length, 1);
    for (let looks = 1; looks > 0; ) {
      await store.forward(60 * SECOND_MS);
      looks = (await here.store.sortedRange(DUE, 0, store.clock.now() + 1e9, 50)).filter((name) =>
        name.includes(callId),
      ).length;
    }
    assert.ok(!(await listedCalls(here.store, 100)).some((listed) => listed.callId === callId));
    if (store.kind === "embedded") {
      await store.forward(3_700 * SECOND_MS);
      for (const key of [callKey(callId), callKept(callId)]) assert.ok(!(await here.store.exists(key)), key);
    }
  });

  test("[CALL-1] both call each other at once, at two nodes: it is one call, and both find it", async () => {
    for (let round = 0; round < 5; round += 1) {
      const { ann, bob, chatId } = await pair();
      const begun = await Promise.all([start(ann, chatId), start(bob, chatId)]);
      const [one, other] = begun;
      assert.equal(one?.callId, other?.callId);
      const loser = one.call.caller === ann.userId ? bob : ann;
      const { call } = await join(loser, one.callId);
      assert.equal(call.state, "active");
      assert.deepEqual(
        (await ann.call("call.list", {})).calls.map(({ callId }) => callId),
        [call.callId],
      );
      await loser.call("call.leave", {
        callId: call.callId,
        participantId: call.participants.at(-1)?.participantId ?? "",
      });
      assert.equal((await callMessages(ann, chatId)).length, 1);
    }
  });

  test("[CALL-1] a call that is started ten times over is one call; its id is nobody else's", async () => {
    const { here, there, ann, bob, chatId } = await pair();
    const other = there.connect();
    other.signIn(ann.session ?? assert.fail());
    const params = { ...newPart(), chatId, video: false, streams: [] };
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, n) => (n % 2 === 0 ? ann : other).call("call.start", params)),
    );
    assert.deepEqual(new Set(answers.map(({ call }) => `${call.callId} ${call.participants.length}`)).size, 1);
    assert.equal((await listedCalls(here.store, 100)).filter((listed) => listed.chatId === chatId).length, 1);
    await refused(bob.call("call.start", params), "CALL_NOT_FOUND");
    const elsewhere = await groupOf(ann, bob);
    await refused(ann.call("call.start", { ...params, chatId: elsewhere }), "CALL_NOT_FOUND");
    const stranger = await caller(here);
    for (const callId of [params.callId, randomUUID()]) {
      await refused(stranger.call("call.get", { callId }), "CALL_NOT_FOUND");
      await refused(stranger.call("call.keep", { callId, participantId: params.participantId }), "CALL_NOT_FOUND");
      await refused(stranger.call("call.leave", { callId, participantId: params.participantId }), "CALL_NOT_FOUND");
    }
    // The place of another device is nobody's to take.
    await refused(
      bob.call("call.join", { callId: params.callId, participantId: params.participantId, streams: [] }),
      "NOT_IN_CALL",
    );
    assert.equal((await start(bob, chatId)).callId, params.callId, "who calls back finds the call");
  });

  test("[CALL-1] a hundred rings a minute are one ring", async () => {
    const { ann, bob, chatId } = await pair();
    const rings: string[] = [];
    let refusals = 0;
    for (let n = 0; n < 100; n += 1) {
      const part = newPart();
      const rang = await outcome(ann.call("call.start", { ...part, chatId, video: false, streams: [] }));
      if (rang === "ok") {
        rings.push(part.callId);
        await ann.call("call.leave", part);
      } else {
        assert.equal(rang, "RATE_LIMITED");
        refusals += 1;
      }
      // The embedded store has the time of the test.
      await store.forward(600);
    }
    assert.deepEqual([rings.length, refusals], [1, 99]);
    assert.deepEqual([...new Set(bob.pushed("call.changed").map(({ call }) => call.callId))], rings);
    assert.equal((await callMessages(bob, chatId)).length, 1);
  });

  test("[SOC-3] who is blocked cannot ring, nor who may not write, and who blocked neither", async () => {
    const { ann, bob, chatId, here } = await pair();
    await bob.call("contact.block", { userId: ann.userId });
    await refused(start(ann, chatId), "WRITE_REFUSED");
    await refused(start(bob, chatId), "YOU_BLOCKED");
    const cid = await caller(here);
    const group = await groupOf(cid, ann, bob);
    const { call } = await start(ann, group);
    assert.deepEqual(
      call.invited.map(({ userId }) => userId),
      [cid.userId],
      "in a group it does not ring for them",
    );
    await refused(
      ann.call("call.invite", {
        callId: call.callId,
        participantId: call.participants[0]?.participantId ?? "",
        invited: [bob.userId],
      }),
      "CALL_REFUSED",
    );
    await bob.call("contact.unblock", { userId: ann.userId });
    await bob.call("account.setPrivacy", { privacy: { write: "contacts", presence: "everyone" } });
    await refused(start(ann, chatId), "WRITE_REFUSED");
    await refused(start(bob, chatId), "WRITE_REFUSED");
    assert.deepEqual(
      bob.pushed("call.changed").filter(({ call: told }) => told.chatId === chatId),
      [],
    );
    const stranger = await caller(here);
    await refused(start(stranger, chatId), "CHAT_NOT_FOUND");
    await refused(start(ann, chatId, { invited: [stranger.userId] }), "NOT_FOUND");
  });

  test("[SOC-3] who blocks the other ends their call, while it rings and later; in a group both stay", async () => {
    const { ann, bob, own, callId, chatId, here } = await talking();
    const group = await groupOf(await caller(here), ann, bob);
    const block = (by: DomainPeer, whom: DomainPeer) => by.call("contact.block", { userId: whom.userId });
    await block(bob, ann);
    const over = await hears(ann, callId, isEnded);
    assert.deepEqual([endedAs(over), stateOf(over, bob.userId)], ["finished", "left"]);
    await refused(ann.call("call.keep", own), "CALL_OVER");
    assert.equal((await callMessages(ann, chatId)).length, 1);

    const together = await start(ann, group);
    await join(bob, together.callId);
    await bob.call("contact.unblock", { userId: ann.userId });
    await block(bob, ann);
    const { call } = await ann.call("call.get", { callId: together.callId });
    assert.equal(call.participants.length, 2);

    const [cid, dan] = await Promise.all([caller(here), caller(here)]);
    for (const [by, whom, outcome] of [
      [dan, cid, "refused"],
      [cid, dan, "cancelled"],
    ] as const) {
      await here.store.delete(rungBy(dan.userId, cid.userId));
      const ringing = await start(cid, await directChatOf(cid, dan));
      await hears(dan, ringing.callId, () => true);
      await block(by, whom);
      for (const peer of [cid, dan]) assert.equal(endedAs(await hears(peer, ringing.callId, isEnded)), outcome);
      await by.call("contact.unblock", { userId: whom.userId });
    }
  });

  test("[ACC-6] a device that is signed out is out of its call at once, and no other one", async () => {
    const { here, there, ann, bob, chatId } = await pair();
    const tablet = await deviceOf(there, bob.userId);
    const own = await start(ann, chatId);
    await join(tablet, own.callId);
    const spare = await deviceOf(here, bob.userId);
    const revoke = (device: DomainPeer) => bob.call("account.revokeDevice", { deviceId: deviceIdOf(device) });
    await revoke(spare);
    assert.equal((await ann.call("call.get", { callId: own.callId })).call.state, "active");
    await revoke(tablet);
    const over = await hears(ann, own.callId, isEnded);
    assert.deepEqual(
      over.participants.map(({ participantId }) => participantId),
      [own.participantId],
    );
  });

  test("[CALL-4] a group call: who was not asked in may come, a seventh one may not, and who is removed is out", async () => {
    const [here, there] = await nodes();
    const [ann, ...others] = await Promise.all(Array.from({ length: 8 }, (_, n) => caller(n % 2 === 0 ? here : there)));
    if (ann === undefined) assert.fail();
    const [bob = ann, cid = ann, dan = ann, eve = ann, fay = ann, gus = ann, hal = ann] = others;
    const chatId = await groupOf(ann, ...others);
    const own = await start(ann, chatId, { invited: [bob.userId, cid.userId] });
    const { callId } = own;
    assert.deepEqual(
      own.call.invited.map(({ userId }) => userId),
      [bob.userId, cid.userId],
    );
    await hears(hal, callId, () => true);
    assert.deepEqual(
      (await hal.call("call.list", {})).calls.map((call) => call.callId),
      [callId],
    );
    assert.equal((await start(gus, chatId)).callId, callId, "one call a chat");
    const parts = new Map<DomainPeer, { callId: string; participantId: string }>([[ann, own]]);
    for (const peer of [bob, cid, dan, eve, fay]) parts.set(peer, await join(peer, callId));
    await refused(join(gus, callId), "CALL_FULL");
    const bobs = parts.get(bob) ?? assert.fail();
    await bob.call("call.signal", signalOf(own, own, OFFER)).then(
      () => assert.fail(),
      () => {},
    );
    await bob.call("call.signal", signalOf(bobs, own));
    await ann.event("call.signalled", ({ from }) => from === bobs.participantId);

    await ann.call("member.remove", { chatId, userId: bob.userId });
    const without = await hears(ann, callId, (call) => stateOf(call, bob.userId) === "left");
    assert.equal(without.participants.length, 5);
    await refused(bob.call("call.get", { callId }), "CALL_NOT_FOUND");
    await refused(join(bob, callId), "CALL_NOT_FOUND");
    await refused(bob.call("call.signal", signalOf(bobs, own)), "NOT_IN_CALL");
    await refused(bob.call("call.keep", bobs), "NOT_IN_CALL");
    assert.deepEqual((await bob.call("call.list", {})).calls, []);
    const told = bob.pushed("call.changed").length;

    await join(gus, callId);
    await hears(hal, callId, (call) => call.participants.some(({ userId }) => userId === gus.userId));
    assert.equal(bob.pushed("call.changed").length, told, "nothing is told to who was removed");
    // Who may not speak may not come by themselves, but may when they are asked.
    await ann.call("member.mute", { chatId, userId: hal.userId, untilMs: store.clock.now() + 3_600_000 });
    await fay.call("call.leave", parts.get(fay) ?? assert.fail());
    await refused(join(hal, callId), "MEMBER_MUTED");
    await refused(start(hal, chatId), "MEMBER_MUTED");
    await ann.call("call.invite", { ...own, invited: [hal.userId, cid.userId, ann.userId] });
    await hears(hal, callId, (call) => stateOf(call, hal.userId) === "calling");
    await join(hal, callId);

    await ann.call("chat.delete", { chatId });
    await refused(ann.call("call.keep", own), "CALL_OVER");
    await refused(ann.call("call.get", { callId }), "CALL_NOT_FOUND");
    assert.ok(!(await listedCalls(here.store, 100)).some((listed) => listed.callId === callId));
  });

  test("[CALL-4] a group rings everybody unless they are too many for one call; the chat of everybody has no calls", async () => {
    const { here, ann, bob } = await pair();
    const small = await start(ann, await groupOf(ann, bob));
    assert.deepEqual(small.call.invited, [{ userId: bob.userId, state: "calling" }]);
    const crowd = await Promise.all(Array.from({ length: limits.CALL_INVITED_MAX }, () => caller(here)));
    const large = await start(ann, await groupOf(ann, bob, ...crowd));
    assert.deepEqual([large.call.invited, large.call.state], [[], "ringing"]);
    const [cid = ann] = crowd;
    assert.equal((await join(cid, large.callId)).call.state, "active");
  });

  test("[CALL-1] signals pass untouched, also with tracks of others; all else is refused", async () => {
    const { ann, bob, own, bobs, callId, there, chatId } = await talking();
    const others = [randomUUID(), randomUUID()];
    const tracks = [own.participantId, ...others].flatMap((participantId, n) => [
      { mid: String(2 * n), participantId, streamId: "camera" },
      { mid: String(2 * n + 1), participantId, streamId: "screen" },
    ]);
    const relayed: Signal = { kind: "description", type: "answer", sdp: 'v=0\r\n\u2028"', tracks };
    await bob.call("call.signal", signalOf(bobs, own, relayed, 7));
    assert.deepEqual(await ann.event("call.signalled", ({ number }) => number === 7), signalOf(bobs, own, relayed, 7));

    const tablet = await deviceOf(there, bob.userId);
    await refused(tablet.call("call.signal", signalOf(bobs, own)), "NOT_IN_CALL");
    await refused(ann.call("call.signal", signalOf(bobs, own)), "NOT_IN_CALL");
    await refused(ann.call("call.signal", signalOf(own, newPart(callId))), "NOT_IN_CALL");
    await refused(ann.call("call.signal", signalOf(own, own)), "NOT_IN_CALL");
    await refused(ann.call("call.signal", signalOf({ ...own, callId: randomUUID() }, bobs)), "CALL_NOT_FOUND");
    for (const method of ["call.keep", "call.ice"] as const) await refused(tablet.call(method, bobs), "NOT_IN_CALL");
    await refused(tablet.call("call.leave", bobs), "NOT_IN_CALL");
    await refused(tablet.call("call.setStreams", { ...bobs, streams: [] }), "NOT_IN_CALL");

    const heavy: Signal = { ...OFFER, sdp: "\n".repeat(limits.SDP_MAX_BYTES) } as Signal;
    await refused(ann.call("call.signal", signalOf(own, bobs, heavy)), "INVALID_PARAMS");
    const burst = await Promise.all(
      Array.from({ length: 1_000 }, (_, n) => outcome(ann.call("call.signal", signalOf(own, bobs, OFFER, n + 1)))),
    );
    const passed = burst.filter((name) => name === "ok").length;
    assert.ok(passed >= 150 && passed < 300, `${passed} of a burst`);
    assert.deepEqual(new Set(burst), new Set(["ok", "RATE_LIMITED"]));
    await bob.event("call.signalled", ({ number }) => number >= passed);
    assert.equal(bob.pushed("call.signalled").length, passed);

    await bob.call("call.leave", bobs);
    await hears(ann, callId, isEnded);
    await refused(ann.call("call.signal", signalOf(own, bobs)), "CALL_OVER");
    await refused(bob.call("call.signal", signalOf(bobs, own)), "CALL_OVER");
    await refused(ann.call("call.setStreams", { ...own, streams: [] }), "CALL_OVER");
    await refused(ann.call("call.invite", { ...own, invited: [bob.userId] }), "CALL_OVER");
    assert.equal((await callMessages(ann, chatId)).length, 1);
  });

  test("[CALL-1] nobody is signalled to while it rings", async () => {
    const { ann, bob, chatId } = await pair();
    const own = await start(ann, chatId);
    await hears(bob, own.callId, () => true);
    const bobs = newPart(own.callId);
    await refused(ann.call("call.signal", signalOf(own, bobs)), "NOT_IN_CALL");
    await refused(bob.call("call.signal", signalOf(bobs, own)), "NOT_IN_CALL");
  });

  test("[CALL-3] who mutes is told to those in the call alone, and saying it again changes nothing", async () => {
    const { here, there, ann } = await pair();
    const [bob, cid] = await Promise.all([caller(there), caller(here)]);
    const chatId = await groupOf(ann, bob, cid);
    const own = await start(ann, chatId, { invited: [bob.userId] });
    const bobs = await join(bob, own.callId);
    await hears(cid, own.callId, isActive);
    const muted = [{ ...MICROPHONE[0], audio: false }];
    const isMuted = (call: Call) => call.participants.some(({ streams }) => streams[0]?.audio === false);
    await bob.call("call.setStreams", { ...bobs, streams: muted });
    const told = await hears(ann, own.callId, isMuted);
    await bob.call("call.setStreams", { ...bobs, streams: muted });
    assert.equal((await cid.call("call.get", { callId: own.callId })).call.version, told.version);
    assert.ok(!cid.pushed("call.changed").some(({ call }) => isMuted(call)));
    await refused(bob.call("call.setStreams", { ...bobs, streams: [...muted, ...muted] }), "INVALID_PARAMS");
    const flapping = await Promise.all(
      Array.from({ length: 100 }, (_, n) =>
        outcome(bob.call("call.setStreams", { ...bobs, streams: [{ ...MICROPHONE[0], streamId: `s${n}` }] })),
      ),
    );
    assert.ok(flapping.filter((name) => name === "ok").length < 30);
    const version = (await ann.call("call.keep", own)).version;
    assert.equal(version, (await ann.call("call.get", { callId: own.callId })).call.version);
  });

  test("[CALL-1] what the bus lost is found: by looking, by keeping, and by who signs in", async () => {
    const { here, there, ann, bob, chatId } = await pair();
    const own = await start(ann, chatId);
    const { callId } = own;
    await hears(bob, callId, () => true);
    assert.deepEqual(
      (await bob.call("call.list", {})).calls.map((call) => call.callId),
      [callId],
    );
    // As another node would add it whose hint is lost.
    const fact: CallFact = { kind: "rang", userId: bob.userId, at: store.clock.now() };
    await addCallFact(here.store, callId, fact);
    // That somebody asks the nodes tells nobody else.
    for (const peer of [ann, bob]) await peer.call("call.get", { callId });
    for (const node of [here, there]) node.services.hub.hole(null);
    await hears(bob, callId, (call) => stateOf(call, bob.userId) === "ringing");
    await addCallFact(here.store, callId, { ...fact, kind: "refused", why: "refused" });
    await refused(ann.call("call.keep", own), "CALL_OVER");
    await refused(join(bob, callId), "CALL_OVER");
    assert.deepEqual((await bob.call("call.list", {})).calls, []);
  });

  test("[CALL-2] addresses are hidden from who is no contact, as the person wishes", async () => {
    const { ann, bob, chatId } = await pair();
    const own = await start(ann, chatId);
    const relayOnly = async () => (await ann.call("call.ice", own)).ice;
    assert.deepEqual({ ...(await relayOnly()), expiresAt: 0 }, { servers: [], relayOnly: false, expiresAt: 0 });
    await ann.call("settings.set", { key: "calls.relay", value: '"always"' });
    assert.equal((await relayOnly()).relayOnly, true, "also where there is no relay");
    await ann.call("settings.set", { key: "calls.relay", value: '"nonsense"' });
    assert.equal((await relayOnly()).relayOnly, false);
    await refused(bob.call("call.ice", own), "NOT_IN_CALL");
  });

  after(removeTemporaryFolders);
});
