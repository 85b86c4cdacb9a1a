import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ChatPrefs, Message as LogEntry } from "@parley/protocol";
import { attentionOf, DEFAULT_RULES, isQuiet, isWorthNotice, readRules } from "./notice-rules.ts";
import { BO, ME, textEntry } from "./test-talk.ts";

const NOW = 1_000_000;

function at(hours: number, minutes = 0): Date {
  return new Date(2026, 0, 1, hours, minutes);
}

describe("[CLI-9] what is worth a notice", () => {
  const mention = { ...textEntry(1), body: { text: "@me", mentions: [ME] } } as LogEntry;
  const everybody = { ...textEntry(1), body: { text: "@all", mentionAll: true } } as LogEntry;
  const call = (outcome: string, sender = BO) =>
    ({ ...textEntry(1, sender), kind: "call", body: { callId: "", video: false, outcome } }) as LogEntry;
  const cases: [string, LogEntry, ChatPrefs, boolean][] = [
    ["a message of somebody", textEntry(1), {}, true],
    ["one's own", textEntry(1, ME), {}, false],
    ["a call that nobody took", call("missed"), {}, true],
    ["a call that was given up", call("cancelled"), {}, true],
    ["a call that was taken", call("finished"), {}, false],
    ["a call that was turned down", call("refused"), {}, false],
    ["one's own call that nobody took", call("missed", ME), {}, false],
    ["a void", { kind: "void", seq: 1 }, {}, false],
    ["in a muted chat", textEntry(1), { mutedUntil: NOW + 1 }, false],
    ["a mention in a muted chat", mention, { mutedUntil: NOW + 1 }, false],
    ["in a chat that was muted until a moment ago", textEntry(1), { mutedUntil: NOW }, true],
    ["where mentions only count", textEntry(1), { mentionsOnly: true }, false],
    ["a mention there", mention, { mentionsOnly: true }, true],
    ["a mention of everybody there", everybody, { mentionsOnly: true }, true],
    [
      "a mention of somebody else there",
      { ...mention, body: { text: "", mentions: [BO] } } as LogEntry,
      { mentionsOnly: true },
      false,
    ],
  ];
  for (const [what, entry, prefs, worth] of cases) {
    it(`${what}: ${worth ? "yes" : "no"}`, () => assert.equal(isWorthNotice(entry, prefs, ME, NOW), worth));
  }

  it("quiet hours go over midnight, or over the day", () => {
    const night = { on: true, from: 22 * 60, to: 7 * 60 };
    assert.deepEqual(
      [at(21, 59), at(22), at(23), at(0), at(6, 59), at(7)].map((time) => isQuiet(night, time)),
      [false, true, true, true, true, false],
    );
    const lunch = { on: true, from: 12 * 60, to: 13 * 60 };
    assert.deepEqual(
      [at(11, 59), at(12), at(12, 59), at(13)].map((time) => isQuiet(lunch, time)),
      [false, true, true, false],
    );
    assert.equal(isQuiet({ ...night, on: false }, at(23)), false);
    assert.equal(isQuiet({ on: true, from: 60, to: 60 }, at(15)), true);
  });

  it("the title counts mentions only where nothing else is wanted", () => {
    const counts = { unread: 5, mentions: 2 };
    assert.equal(attentionOf({ ...counts, prefs: {} }, NOW), 5);
    assert.equal(attentionOf({ ...counts, prefs: { mentionsOnly: true } }, NOW), 2);
    assert.equal(attentionOf({ ...counts, prefs: { mutedUntil: NOW + 1 } }, NOW), 0);
  });

  it("settings of another client's making count as not set", () => {
    assert.deepEqual(readRules(new Map()), DEFAULT_RULES);
    const strange = new Map<string, unknown>([
      ["notifications.sound", "loud"],
      ["notifications.quiet", { on: true, from: -1, to: 99_999 }],
      ["notifications.preview", false],
    ]);
    assert.deepEqual(readRules(strange), { ...DEFAULT_RULES, preview: false });
  });
});
