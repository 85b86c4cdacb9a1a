import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import fc from "fast-check";
import type { JoinedCall } from "../src/client/calls/joined-call.ts";
import { BLOCKED_MS } from "../src/client/calls/link-state.ts";
import { CallRig, type Device, mediaOf } from "./call-rig.ts";

const CHAT = "c".repeat(26);
const ROUNDS = process.env.PARLEY_LONG ? 20_000 : 300;
const seed = process.env.PARLEY_FRESH_SEEDS ? Math.floor(Math.random() * 2 ** 31) : 20_261_129;

async function settle<T>(rig: CallRig, promise: Promise<T>): Promise<T> {
  let done = false;
  promise.then(
    () => {
      done = true;
    },
    () => {
      done = true;
    },
  );
  await rig.time.until(() => done, "the answer");
  return promise;
}

async function talk(rig: CallRig, ...names: readonly string[]) {
  const devices = names.map((name) => rig.device(name));
  const [caller, ...others] = devices;
  assert.ok(caller);
  const first = await settle(
    rig,
    caller.calls.start({
      chatId: CHAT,
      video: true,
      invited: names.slice(1),
      ...mediaOf(names[0] ?? "", "audio", "video"),
    }),
  );
  const joined = [first];
  for (const device of others) {
    joined.push(await settle(rig, device.calls.join(first.callId, mediaOf(device.userId, "audio", "video"))));
  }
  return { devices, joined };
}

const isConnected = (call: JoinedCall, others: number) =>
  call.links.length === others && call.links.every(({ state }) => state.name === "connected");

/** Everybody hears and sees everybody, and knows who it is. */
const isWhole = (joined: readonly JoinedCall[], kinds = 2) =>
  joined.every(
    (call) =>
      isConnected(call, joined.length - 1) &&
      call.links.every(
        (link) => link.tracks.length >= kinds && link.tracks.every((track) => track.participantId === link.other),
      ),
  );

const seesScreens = (call: JoinedCall, sharing: ReadonlySet<string>) =>
  call.links
    .filter(({ other }) => sharing.has(other))
    .every(({ tracks }) => tracks.some(({ streamId }) => streamId === "screen"));

describe("[CALL-1] calls of the client library", () => {
  // Fetching code takes real time.
  before(() => import("../src/client/calls/joined-call.ts"));

  it("two are connected with one offer, one answer and a few candidates", async () => {
    const rig = new CallRig(1);
    const { joined } = await talk(rig, "ann", "bob");
    await rig.time.until(() => isWhole(joined), "connected", 2_000);
    await rig.time.pass(60_000);
    assert.ok(rig.signals <= 8, `${rig.signals} signals`);
    assert.equal(rig.media.opened, 2);
    assert.deepEqual(joined[0]?.links[0]?.state, { name: "connected", path: "direct" });
    assert.deepEqual(rig.warnings, []);
  });

  it("what a device finds at once is in its description: two signals connect two", async () => {
    const rig = new CallRig(13);
    rig.media.gatherMs = 4;
    const { joined } = await talk(rig, "ann", "bob");
    await rig.time.until(() => isWhole(joined), "connected", 2_000);
    await rig.time.pass(60_000);
    assert.equal(rig.signals, 2);
    assert.equal(rig.media.opened, 2);
  });

  it("[CALL-4] six are connected each with each", async () => {
    const rig = new CallRig(2);
    const { joined } = await talk(rig, "ann", "bob", "cem", "dan", "eve", "fay");
    await rig.time.until(() => isWhole(joined), "connected", 5_000);
    joined[5]?.leave();
    await rig.time.until(() => joined.slice(0, 5).every((call) => call.links.length === 4), "one is gone");
  });

  it("two who call each other at once meet in one call", async () => {
    const rig = new CallRig(3);
    const [ann, bob] = [rig.device("ann"), rig.device("bob")];
    const both = await settle(
      rig,
      Promise.all([
        ann.calls.start({ chatId: CHAT, video: false, invited: ["bob"], ...mediaOf("ann", "audio") }),
        bob.calls.start({ chatId: CHAT, video: false, invited: ["ann"], ...mediaOf("bob", "audio") }),
      ]),
    );
    assert.equal(both[0].callId, both[1].callId);
    await rig.time.until(() => isWhole(both, 1), "connected", 5_000);
  });

  it("a screen that is shared in mid-call by both at once comes through, and none is taken for another", async () => {
    const rig = new CallRig(4);
    const { joined } = await talk(rig, "ann", "bob");
    await rig.time.until(() => isWhole(joined), "connected");
    for (const [at, call] of joined.entries()) {
      const screen = { streamId: "screen", track: { id: `screen ${at}`, kind: "video" } };
      call.setTracks([...mediaOf(`${at}`, "audio", "video").tracks, screen]);
    }
    await rig.time.until(() => isWhole(joined, 3), "both screens", 10_000);
    for (const call of joined) {
      assert.deepEqual(call.links[0]?.tracks.map(({ streamId }) => streamId).sort(), ["camera", "camera", "screen"]);
    }
    assert.equal(rig.media.opened, 2, "no link was begun anew for it");
  });

  it("[CALL-4] one participant may answer for several: what it sends is told apart by what it says of it", async () => {
    const rig = new CallRig(12);
    const other = "01890000-0000-7000-8000-0000000000aa";
    // Bob's pictures are somebody's whom he relays for; his voice is his own.
    rig.rewrite = (signalled) => {
      const { signal } = signalled;
      if (signal.kind !== "description") return signalled;
      const tracks = signal.tracks.map((track) =>
        track.mid === "1" ? { mid: "1", participantId: other, streamId: "relayed" } : track,
      );
      return { ...signalled, signal: { ...signal, tracks } };
    };
    const { joined } = await talk(rig, "ann", "bob");
    const received = () => joined[0]?.links[0]?.tracks ?? [];
    await rig.time.until(() => received().length === 2, "both", 5_000);
    assert.deepEqual(
      received().map(({ participantId, streamId, track }) => [participantId, streamId, track.kind]),
      [
        [joined[1]?.participantId, "camera", "audio"],
        [other, "relayed", "video"],
      ],
    );
  });

  it("a socket that is cut takes nothing from those who talk; hanging up works when it is back, and is told", async () => {
    const rig = new CallRig(5);
    const { joined, devices } = await talk(rig, "ann", "bob");
    await rig.time.until(() => isWhole(joined), "connected");
    const [ann, bob] = devices as [Device, Device];
    rig.cut(ann);
    await rig.time.pass(20_000);
    assert.ok(isWhole(joined));
    joined[0]?.leave();
    await rig.time.pass(4_000);
    rig.mend(ann);
    await rig.time.until(() => joined[1]?.end === "over", "bob hears of it", 10_000);
    assert.equal(bob.told.at(-1)?.state, "ended");
  });

  it("both lose their way at once and find another one", async () => {
    const rig = new CallRig(6);
    const { joined } = await talk(rig, "ann", "bob");
    await rig.time.until(() => isWhole(joined), "connected");
    rig.media.cut("ann 1", true);
    await rig.time.until(() => joined.every((call) => call.links[0]?.state.name === "reconnecting"), "noticed");
    await rig.time.until(
      () => joined.every((call) => call.links[0]?.state.name === "blocked"),
      "said so",
      BLOCKED_MS + 5_000,
    );
    rig.media.cut("ann 1", false);
    await rig.time.until(() => isWhole(joined), "again", 40_000);
  });

  it("[CALL-3] says within 15 s that there is no way, and why", async () => {
    const rig = new CallRig(7);
    rig.media.cut("bob 1", true);
    const { joined } = await talk(rig, "ann", "bob");
    await rig.time.pass(BLOCKED_MS);
    assert.deepEqual(joined[0]?.links[0]?.state, { name: "blocked", why: "noRelay" });
    rig.ice = { ...rig.ice, servers: [{ urls: ["turn:relay.test"] }] };
    rig.media.cut("bob 1", false);
    await rig.time.until(() => isWhole(joined), "connected", 40_000);
  });

  it("[CALL-2] without a relay nothing is tried where only the relay may be used", async () => {
    const rig = new CallRig(8);
    rig.ice = { ...rig.ice, relayOnly: true };
    const { joined } = await talk(rig, "ann", "bob");
    await rig.time.pass(100);
    assert.deepEqual(joined[0]?.links[0]?.state, { name: "blocked", why: "noRelay" });
    assert.equal(rig.media.opened, 0);
  });

  it("a device that answers stops the others; a call that nobody knows any more is gone", async () => {
    const rig = new CallRig(9);
    const [ann, bob, phone] = [rig.device("ann"), rig.device("bob"), rig.device("bob", "bob 2")];
    const first = await settle(
      rig,
      ann.calls.start({ chatId: CHAT, video: false, invited: ["bob"], ...mediaOf("ann", "audio") }),
    );
    await rig.time.until(() => bob.told.length > 0 && phone.told.length > 0, "rings");
    await settle(rig, bob.calls.join(first.callId, mediaOf("bob", "audio")));
    await rig.time.until(() => phone.told.at(-1)?.invited[0]?.state === "joined", "stops");
    await assert.rejects(
      settle(rig, phone.calls.join(first.callId, mediaOf("bob", "audio"))),
      /ANSWERED_ELSEWHERE|Another/,
    );
    rig.cut(phone);
    rig.forget(first.callId);
    rig.mend(phone);
    await rig.time.until(() => phone.gone.length === 1, "gone");
    assert.deepEqual(phone.calls.known, []);
  });

  it("a state that comes late does not bring an ended call back", async () => {
    const rig = new CallRig(10);
    const { joined, devices } = await talk(rig, "ann", "bob");
    const late = joined[0]?.call;
    joined[0]?.leave();
    await rig.time.until(() => joined[1]?.end === "over", "over");
    const [, bob] = devices;
    const count = bob?.told.length;
    if (late !== undefined) bob?.calls.learn(late);
    assert.equal(bob?.told.length, count);
    assert.deepEqual(bob?.calls.known, []);
  });

  it("a call that began while the list was asked for, and of whose end nothing was told, is asked about", async () => {
    const rig = new CallRig(13);
    const [ann, bob] = [rig.device("ann"), rig.device("bob")];
    Object.assign(rig.weather, { lost: 1, delayMs: 0 });
    const begun = await settle(
      rig,
      ann.calls.start({ chatId: CHAT, video: false, invited: ["bob"], ...mediaOf("ann", "audio") }),
    );
    const early = rig.call(begun.callId);
    begun.leave();
    await rig.time.until(() => rig.call(begun.callId)?.state === "ended", "the end");
    bob.calls.refresh();
    if (early !== undefined) bob.calls.learn(early);
    assert.equal(bob.calls.known.length, 1);
    await rig.time.until(() => bob.calls.known.length === 0, "the call to be over");
  });

  it("somebody who begins a thousand links makes this device open some twenty, and talks again when they stop", async () => {
    const rig = new CallRig(11);
    const { joined, devices } = await talk(rig, "ann", "bob");
    await rig.time.until(() => isWhole(joined), "connected");
    const [ann, bob] = joined as [JoinedCall, JoinedCall];
    const { opened } = rig.media;
    const about = { callId: ann.callId, from: bob.participantId, to: ann.participantId, number: 1 };
    for (let link = 2; link < 1_000; link++) devices[0]?.calls.signalled({ ...about, link, signal: { kind: "anew" } });
    assert.ok(rig.media.opened - opened <= 25, `${rig.media.opened - opened}`);
    await rig.time.until(() => isWhole(joined), "connected again", 60_000);
  });

  it("hanging up while everything is still being negotiated leaves nothing behind", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(),
        fc.integer({ min: 0, max: 300 }),
        fc.integer({ min: 0, max: 1 }),
        async (seed, afterMs, who) => {
          const rig = new CallRig(seed);
          const { joined } = await talk(rig, "ann", "bob");
          await rig.time.pass(afterMs);
          joined[who]?.leave();
          await rig.time.until(() => joined.every(({ end }) => end !== null), "over", 5_000);
          assert.equal(rig.media.peers.size, 0);
          // What was on its way has arrived.
          await rig.time.pass(1_000);
          const { signals } = rig;
          await rig.time.pass(60_000);
          assert.equal(rig.signals, signals);
          assert.deepEqual(rig.warnings, []);
        },
      ),
      { numRuns: ROUNDS, seed },
    );
  });

  it("whatever is lost, late, cut and done meanwhile: when all is well again everybody is connected, and it is quiet", async () => {
    const deed = fc.oneof(
      fc.record({ deed: fc.constantFrom("cut", "mend", "dark", "light", "share", "unshare"), who: fc.nat(2) }),
      fc.record({ deed: fc.constant("wait"), who: fc.integer({ min: 1, max: 9_000 }) }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.nat(),
        fc.integer({ min: 2, max: 3 }),
        fc.record({ lost: fc.double({ min: 0, max: 0.6, noNaN: true }), delayMs: fc.integer({ min: 0, max: 1_500 }) }),
        fc.array(deed, { maxLength: 14 }),
        async (seed, people, weather, deeds) => {
          const rig = new CallRig(seed);
          Object.assign(rig.weather, weather);
          const { joined, devices } = await talk(rig, ...["ann", "bob", "cem"].slice(0, people));
          const sharing = new Set<string>();
          for (const { deed, who } of deeds) {
            const device = devices[who % people];
            const call = joined[who % people];
            assert.ok(device && call);
            const { tracks } = mediaOf(device.userId, "audio", "video");
            const screen = { streamId: "screen", track: { id: `screen ${who}`, kind: "video" } };
            if (deed === "wait") await rig.time.pass(who);
            else if (deed === "cut") rig.cut(device);
            else if (deed === "mend") rig.mend(device);
            else if (deed === "dark" || deed === "light") rig.media.cut(device.deviceId, deed === "dark");
            else {
              call.setTracks(deed === "share" ? [...tracks, screen] : tracks);
              if (deed === "share") sharing.add(call.participantId);
              else sharing.delete(call.participantId);
            }
            await rig.time.pass(5);
          }
          Object.assign(rig.weather, { lost: 0, delayMs: 30 });
          for (const device of devices) {
            rig.mend(device);
            rig.media.cut(device.deviceId, false);
          }
          const signals = rig.signals;
          // Who was away for too long is out; those who are left find each other.
          const there = () => joined.filter(({ end }) => end === null);
          const allThere = () => isWhole(there()) && there().every((call) => seesScreens(call, sharing));
          await rig.time.until(allThere, "connected", 60_000);
          await rig.time.pass(30_000);
          assert.ok(allThere());
          const after = rig.signals;
          assert.ok(after - signals <= 120 * people * (people - 1), `${after - signals} signals`);
          await rig.time.pass(30_000);
          assert.equal(rig.signals, after, "and it is quiet");
          for (const call of there()) for (const link of call.links) assert.ok(link.number < 60, `link ${link.number}`);
          assert.deepEqual(rig.warnings, []);
        },
      ),
      { numRuns: ROUNDS, seed },
    );
  });
});
