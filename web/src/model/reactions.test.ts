import assert from "node:assert/strict";
import { test } from "node:test";
import { Polls } from "./polls.ts";
import { Reactions } from "./reactions.ts";
import { BO, CHAT, LogTalk, ME } from "./test-talk.ts";

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

test("[MSG-13] a poll is asked for while it is on screen, and again after what came meanwhile", async () => {
  const talk = new LogTalk();
  let voters = 0;
  talk.answers.set("message.poll", () => ({ poll: { counts: [0, 0], voters: ++voters, mine: [], closed: false } }));
  const polls = new Polls(CHAT, talk, NAMES);
  polls.apply(3);
  const end = polls.watch(3);
  polls.apply(3);
  polls.apply(3);
  await turn();
  assert.equal(polls.state(3)?.voters, 2);
  end();
  polls.apply(3);
  await turn();
  assert.equal(polls.state(3)?.voters, 2);
});
