import assert from "node:assert/strict";
import { test } from "node:test";
import type { Message } from "@parley/protocol";
import { Pins } from "./pins.ts";
import { Polls } from "./polls.ts";
import { Reactions } from "./reactions.ts";
import { TestClock } from "./test-clock.ts";
import { BO, CHAT, LogTalk, ME } from "./test-talk.ts";

function textOf(entry: Message | undefined): Extract<Message, { kind: "text" }> {
  if (entry?.kind !== "text") throw new Error("A text");
  return entry;
}

const NAMES = { want() {} };

function setUp() {
  const talk = new LogTalk();
  const asked: [number, number][] = [];
  const found = [{ seq: 5, reactions: [{ emoji: "👍", count: 2, mine: true, people: [BO, ME] }] }];
  talk.answers.set("message.reactions", ({ from, to }: { from: number; to: number }) => {
    asked.push([from, to]);
    return { messages: found.filter(({ seq }) => seq >= from && seq <= to) };
  });
  talk.answers.set("message.react", () => ({}));
  return { talk, asked, reactions: new Reactions(CHAT, { talk, people: NAMES, me: () => ME }) };
}
const turn = () => new Promise(setImmediate);

test("[MSG-9] what is on screen is asked for once; what is told live keeps it fresh", async () => {
  const { asked, reactions } = setUp();
  reactions.look(1, 20);
  reactions.look(3, 8);
  await turn();
  reactions.look(1, 10);
  reactions.look(5, 25);
  await turn();
  assert.deepEqual(asked, [
    [1, 20],
    [21, 25],
  ]);
  reactions.apply({ seq: 5, userId: BO, emoji: "👍", on: false });
  reactions.apply({ seq: 5, userId: BO, emoji: "👍", on: false });
  reactions.apply({ seq: 6, userId: BO, emoji: "🎉", on: true });
  reactions.apply({ seq: 90, userId: BO, emoji: "🎉", on: true });
  assert.deepEqual(reactions.of(5), [{ emoji: "👍", count: 1, mine: true, people: [ME] }]);
  assert.deepEqual(reactions.of(6), [{ emoji: "🎉", count: 1, mine: false, people: [BO] }]);
  assert.deepEqual(reactions.of(90), []);
});

test("[MSG-9] what changes while the answer is on its way is asked for again", async () => {
  const { asked, reactions } = setUp();
  reactions.look(5, 6);
  reactions.apply({ seq: 5, userId: BO, emoji: "👍", on: false });
  await turn();
  assert.deepEqual(asked, [
    [5, 6],
    [5, 5],
  ]);
  reactions.refresh();
  await turn();
  assert.deepEqual(asked.at(-1), [5, 6]);
});

test("[MSG-9] one's own reaction shows at once, and goes again when it is refused", async () => {
  const { talk, reactions } = setUp();
  reactions.arrived([7]);
  const done = reactions.toggle(7, "👍");
  assert.deepEqual(reactions.of(7), [{ emoji: "👍", count: 1, mine: true, people: [ME] }]);
  reactions.apply({ seq: 7, userId: ME, emoji: "👍", on: true });
  await done;
  assert.equal(reactions.of(7)[0]?.count, 1);
  talk.answers.delete("message.react");
  await assert.rejects(reactions.toggle(7, "👍"));
  assert.equal(reactions.isMine(7, "👍"), true);
  await assert.rejects(reactions.toggle(7, "🎉"));
  assert.deepEqual(
    reactions.of(7).map(({ emoji }) => emoji),
    ["👍"],
  );
});

test("[MSG-9] pinned messages are fetched where somebody looks, and those that were taken back are not shown", async () => {
  const talk = new LogTalk();
  talk.fill(9);
  talk.answers.set("message.get", ({ seqs }: { seqs: number[] }) => ({
    messages: talk.log.filter(({ seq }) => seqs.includes(seq)),
  }));
  const pins = new Pins(CHAT, talk, () => {});
  pins.apply([7, 3]);
  assert.deepEqual(talk.done, []);
  await pins.view();
  pins.apply([9, 7, 3]);
  await turn();
  const words = () =>
    pins.shown.map((seq) => pins.messages.get(seq)).map((one) => one?.kind === "text" && one.body.text);
  assert.deepEqual(words(), ["text 9", "text 7", "text 3"]);
  const { sender, clientId, sentAt } = textOf(talk.log[6]);
  pins.revise([{ seq: 7, sender, clientId, sentAt, kind: "retracted", retracted: true, body: {} }]);
  pins.revise([{ ...textOf(talk.log[8]), body: { text: "edited" }, edited: 1 }]);
  assert.deepEqual(words(), ["edited", "text 3"]);
});

test("[MSG-13] a poll is asked for while it is on screen, and again after what came meanwhile", async () => {
  const talk = new LogTalk();
  let voters = 0;
  talk.answers.set("message.poll", () => ({ poll: { counts: [0, 0], voters: ++voters, mine: [], closed: false } }));
  const clock = new TestClock();
  const polls = new Polls(CHAT, { talk, people: NAMES, clock, members: () => 400 });
  polls.apply(3);
  const end = polls.watch(3);
  polls.apply(3);
  polls.apply(3);
  await turn();
  assert.equal(polls.state(3)?.voters, 1);
  clock.pass(1_999);
  await turn();
  assert.equal(polls.state(3)?.voters, 1);
  clock.pass(1);
  await turn();
  assert.equal(polls.state(3)?.voters, 2);
  polls.apply(3);
  end();
  clock.pass(60_000);
  await turn();
  polls.apply(3);
  await turn();
  assert.equal(polls.state(3)?.voters, 2);
});
