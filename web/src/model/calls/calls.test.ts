import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Call } from "@parley/protocol";
import { Chats } from "../chats.ts";
import { NO_DEVICE, Notices } from "../notices.ts";
import { People } from "../people.ts";
import { TestClock } from "../test-clock.ts";
import { BO, CHAT, LogTalk, ME, viewOf } from "../test-talk.ts";
import { until } from "../test-until.ts";
import { Calls } from "./calls.ts";
import { TestCallDevice } from "./test-call-device.ts";

const CALL: Call = {
  callId: "01890000-0000-7000-8000-00000000ca11",
  chatId: CHAT,
  caller: BO,
  video: true,
  startedAt: 1_000,
  version: 1,
  state: "ringing",
  invited: [{ userId: ME, state: "calling" }],
  participants: [],
};

function app() {
  const talk = new LogTalk();
  const clock = new TestClock();
  const device = new TestCallDevice();
  const people = new People(talk, { read: async () => undefined, write: async () => {} });
  const chats = new Chats({ talk, people, clock, me: () => ME });
  chats.applyLoaded([viewOf(0)], []);
  const notices = new Notices({ talk, chats, people, clock, device: NO_DEVICE });
  const choices = { read: () => undefined, write: () => {} };
  const calls = new Calls({ talk, chats, people, notices, clock, device, choices });
  return { talk, clock, device, chats, notices, calls };
}

describe("[CALL-1] the model of calls", () => {
  it("rings once, says so, and stops when another device answers", () => {
    const { calls, device, talk } = app();
    calls.apply(CALL);
    calls.apply({ ...CALL, version: 2, invited: [{ userId: ME, state: "ringing" }] });
    assert.equal(calls.incoming?.callId, CALL.callId);
    assert.deepEqual(device.sounds, ["incoming"]);
    assert.deepEqual(
      talk.done.filter((what) => what.startsWith("ringing")),
      [`ringing ${CALL.callId}`],
    );
    calls.apply({
      ...CALL,
      version: 3,
      state: "active",
      answeredAt: 2_000,
      invited: [{ userId: ME, state: "joined" }],
    });
    assert.equal(calls.incoming, null);
    assert.deepEqual(device.sounds, ["incoming", "incoming ends"]);
  });

  it("is seen and not heard in quiet hours, in a muted chat, and in all tabs but one", () => {
    for (const hush of ["quiet", "muted", "tab"] as const) {
      const { calls, device, notices, chats, talk } = app();
      if (hush === "quiet") notices.setRule("quiet", { on: true, from: 0, to: 0 });
      if (hush === "muted") chats.applyView(viewOf(0, { prefs: { mutedUntil: 1e12 } }));
      if (hush === "tab") talk.leads = false;
      calls.apply(CALL);
      assert.notEqual(calls.incoming, null, hush);
      assert.deepEqual(device.sounds, [], hush);
    }
  });

  it("is gone at once when it is declined, and does not ring again", async () => {
    const { calls, talk } = app();
    calls.apply(CALL);
    await calls.decline(CALL);
    calls.apply({ ...CALL, version: 2 });
    assert.equal(calls.incoming, null);
    assert.ok(talk.done.includes(`refuse ${CALL.callId} refused`));
  });

  it("stops by itself when nobody says that it has rung for long enough", () => {
    const { calls, clock, device } = app();
    calls.apply(CALL);
    clock.pass(60_000);
    assert.equal(calls.incoming, null);
    assert.deepEqual(device.sounds, ["incoming", "incoming ends"]);
  });

  it("is hidden on this device alone", () => {
    const { calls, device, talk } = app();
    calls.apply(CALL);
    calls.hide(CALL);
    assert.equal(calls.incoming, null);
    assert.deepEqual(device.sounds, ["incoming", "incoming ends"]);
    assert.deepEqual(
      talk.done.filter((what) => what.startsWith("refuse")),
      [],
    );
  });

  it("rings again, and for as long, when somebody asks again after a refusal or in vain", async () => {
    const { calls, clock, device } = app();
    const settled = (version: number, state: "refused" | "missed") =>
      calls.apply({ ...CALL, version, state: "active", answeredAt: 2, invited: [{ userId: ME, state }] });
    calls.apply(CALL);
    clock.pass(30_000);
    await calls.decline(CALL);
    settled(2, "refused");
    calls.apply({ ...CALL, version: 3 });
    assert.equal(calls.incoming?.version, 3);
    clock.pass(30_000);
    assert.notEqual(calls.incoming, null, "the time of the first ring is over, not of this one");
    clock.pass(20_000);
    assert.equal(calls.incoming, null);
    settled(4, "missed");
    calls.apply({ ...CALL, version: 5 });
    assert.equal(device.sounds.filter((sound) => sound === "incoming").length, 3);
  });

  it("goes to the devices first where the browser has to ask, and says what is wrong with them", async () => {
    const { calls, chats, device } = app();
    const chat = chats.get(CHAT);
    assert.ok(chat);
    device.allowed = "ask";
    device.problem = "denied";
    await calls.begin(chat, false);
    assert.equal(calls.current?.phase, "lobby");
    assert.equal(calls.current?.media.microphoneProblem, "denied");
    calls.current?.hangUp();
    assert.equal(calls.current, null);
  });

  it("[CALL-3] ends in words when the server refuses, and leaves the screen by itself", async () => {
    const { calls, chats, clock, device } = app();
    const chat = chats.get(CHAT);
    assert.ok(chat);
    await calls.begin(chat, true);
    await until(() => calls.current?.phase === "ended");
    const ending = calls.current?.ending;
    assert.equal(ending?.name === "failed" && ending.failure.name, "CALL_REFUSED");
    assert.ok(device.opened.every(({ stopped }) => stopped));
    clock.pass(60_000);
    assert.equal(calls.current, null);
  });

  it("[CALL-4] a call that goes on without the person can be joined", () => {
    const { calls } = app();
    const participants = [{ participantId: CALL.callId, userId: BO, joinedAt: 1, streams: [] }];
    calls.apply({ ...CALL, participants, state: "active", answeredAt: 2, invited: [{ userId: ME, state: "refused" }] });
    assert.equal(calls.incoming, null);
    assert.equal(calls.inChat(CHAT)?.callId, CALL.callId);
    calls.apply({ ...CALL, version: 9, state: "ended", endedAt: 3, outcome: "finished" });
    assert.equal(calls.inChat(CHAT), null);
  });
});
