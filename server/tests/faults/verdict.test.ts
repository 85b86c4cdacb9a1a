import assert from "node:assert/strict";
import { test } from "node:test";
import type { Message } from "@parley/protocol";
import { INNOCENT } from "../_util/survival.ts";
import { judge, type Statement, type Verdict } from "../_util/verdict.ts";
import { storeHangs } from "./stores.ts";
import { CONVERGED_WITHIN_MS, isPassed, type Trial } from "./trial.ts";

/** Two people who wrote two messages each, in turns: ids are what was said. */
const SAID = ["a1", "b1", "a2", "b2"];

const messageOf = (id: string, at: number): Message => ({
  kind: "text",
  seq: at + 1,
  sender: id.slice(0, 1),
  clientId: id,
  sentAt: 0,
  body: { text: `text of ${id}` },
});
const logOf = (...ids: string[]) => ids.map(messageOf);

function statements(told: readonly Message[], more: Partial<Statement> = {}): Statement[] {
  return ["a", "b"].map((userId) => {
    const own = SAID.filter((id) => id.startsWith(userId));
    return {
      userId,
      written: new Map(own.map((id) => [id, `text of ${id}`])),
      acknowledged: new Map(own.map((id) => [id, SAID.indexOf(id) + 1])),
      told,
      objections: [],
      ...more,
    };
  });
}

/** How many of each kind. */
const counts = (verdict: Verdict) =>
  Object.fromEntries(Object.entries(verdict).map(([kind, found]) => [kind, found.length]));
const CLEAN = { lost: 0, doubled: 0, misplaced: 0, differing: 0 };

test("the judge of faults finds nothing where everything is there once, in its place, for everybody", () => {
  const log = logOf(...SAID);
  assert.deepEqual(judge(log, statements(log)), INNOCENT);
  // Who came late, or began anew, holds the end of it.
  assert.deepEqual(judge(log, statements(log.slice(2))), INNOCENT);
});

test("the judge of faults finds an acknowledged message that is not there", () => {
  const log = logOf("a1", "b1", "a2");
  assert.deepEqual(counts(judge(log, statements(log))), { ...CLEAN, lost: 1 });
  // In the middle: what follows has moved.
  const moved = logOf("a1", "a2", "b2");
  assert.deepEqual(counts(judge(moved, statements(moved))), { ...CLEAN, lost: 1, misplaced: 2 });
});

test("the judge of faults finds a message that is there twice", () => {
  const log = logOf(...SAID, "a1");
  assert.deepEqual(counts(judge(log, statements(log))), { ...CLEAN, doubled: 1 });
});

test("the judge of faults finds messages at other places than acknowledged, and out of the order of writing", () => {
  const log = logOf("a2", "b1", "a1", "b2");
  assert.deepEqual(counts(judge(log, statements(log))), { ...CLEAN, misplaced: 3 });
  const hole = logOf(...SAID).map((message) => ({ ...message, seq: message.seq + (message.seq > 3 ? 1 : 0) }));
  assert.equal(counts(judge(hole, statements(hole))).misplaced, 2);
  const strange = logOf(...SAID, "c1");
  assert.deepEqual(counts(judge(strange, statements(strange))), { ...CLEAN, misplaced: 1 });
});

test("the judge of faults finds other words, and words that nobody wrote", () => {
  const log = logOf(...SAID).map((message) => (message.seq === 2 ? { ...message, body: { text: "else" } } : message));
  assert.deepEqual(counts(judge(log as Message[], statements(log as Message[]))), { ...CLEAN, misplaced: 1 });
  const more = logOf(...SAID, "a3");
  assert.deepEqual(counts(judge(more, statements(more))), { ...CLEAN, misplaced: 1 });
});

test("the judge of faults finds somebody who holds less, something else, a hole, or was told something wrong", () => {
  const log = logOf(...SAID);
  const withTold = (told: readonly Message[]) => counts(judge(log, statements(told))).differing;
  assert.equal(withTold(log.slice(0, 3)), 2);
  assert.equal(withTold(logOf("a1", "b1", "a2", "a2")), 2);
  assert.equal(withTold([...log.slice(0, 1), ...log.slice(2)]), 2);
  assert.equal(counts(judge(log, statements(log, { objections: ["3 after 1"] }))).differing, 2);
});

test("a fault is passed only with a clean verdict, in time, and where it is seen to have been there", () => {
  const passed: Trial = {
    ...{ name: "x", fault: storeHangs, lacks: null, acknowledged: 1, verdict: INNOCENT, slowestMs: 1 },
    ...{ convergedMs: CONVERGED_WITHIN_MS, noticed: "it was there", failure: null },
  };
  assert.equal(isPassed(passed), true);
  const failures: Partial<Trial>[] = [
    ...Object.keys(INNOCENT).map((kind) => ({ verdict: { ...INNOCENT, [kind]: ["one"] } })),
    { convergedMs: CONVERGED_WITHIN_MS + 1 },
    { convergedMs: null },
    { noticed: null },
    { failure: "the server did not start" },
  ];
  for (const failure of failures) assert.equal(isPassed({ ...passed, ...failure }), false, JSON.stringify(failure));
});
