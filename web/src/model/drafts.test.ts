import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Drafts } from "./drafts.ts";
import { TestClock } from "./test-clock.ts";
import { LogTalk } from "./test-talk.ts";

function shelf(kept: Record<string, string> = {}) {
  const writes: Record<string, string>[] = [];
  return { writes, read: async () => kept, write: async (value: Record<string, string>) => void writes.push(value) };
}

describe("drafts", () => {
  it("save the first letter at once and those after it together", () => {
    const clock = new TestClock();
    const place = shelf();
    const drafts = new Drafts(place, clock, new LogTalk());
    for (const text of ["h", "ha", "hal", "half"]) drafts.set("a", text);
    assert.deepEqual(place.writes, [{ a: "h" }]);
    clock.pass(1_000);
    assert.deepEqual(place.writes, [{ a: "h" }, { a: "half" }]);
    clock.pass(10_000);
    assert.equal(place.writes.length, 2);
  });

  it("come back, but never over what has been typed since", async () => {
    const drafts = new Drafts(shelf({ a: "old", b: "kept" }), new TestClock(), new LogTalk());
    drafts.set("a", "new");
    await drafts.restore();
    assert.deepEqual([drafts.text("a"), drafts.text("b")], ["new", "kept"]);
  });

  it("are bounded, and the oldest goes first", () => {
    const drafts = new Drafts(shelf(), new TestClock(), new LogTalk());
    for (let at = 0; at <= 200; at += 1) drafts.set(`chat ${at}`, "x");
    assert.deepEqual([drafts.text("chat 0"), drafts.text("chat 1"), drafts.text("chat 200")], ["", "x", "x"]);
  });

  it("[MSG-13] travel: what another device wrote is taken over, an echo of one's own words is not", () => {
    const clock = new TestClock();
    const talk = new LogTalk();
    const drafts = new Drafts(shelf(), clock, talk);
    drafts.learn("a", { text: "from the phone" });
    assert.equal(drafts.text("a"), "from the phone");
    clock.pass(1_000);
    for (const text of ["D", "De", "Dea"]) drafts.set("a", text);
    assert.deepEqual(talk.done, ["setDraft D"], "those after the first are told together, as they are saved");
    drafts.learn("a", { text: "also from the phone" });
    assert.equal(drafts.text("a"), "Dea", "what has not been told yet is newer");
    clock.pass(1_000);
    assert.deepEqual(talk.done, ["setDraft D", "setDraft Dea"]);
    drafts.learn("a", { text: "De" });
    assert.equal(drafts.text("a"), "Dea");
    drafts.learn("a", { text: "Dea" });
    drafts.learn("a", { text: "Dear Bo, from the phone" });
    assert.equal(drafts.text("a"), "Dear Bo, from the phone");
    drafts.learn("a", { text: "" });
    assert.equal(drafts.text("a"), "", "it was sent there");
  });

  it("[MSG-13] are told of each chat that was written in, and at once when the page goes", async () => {
    const talk = new LogTalk();
    const drafts = new Drafts(shelf(), new TestClock(), talk);
    drafts.set("a", "H");
    drafts.set("a", "");
    drafts.set("b", "Hello");
    await drafts.flush();
    assert.deepEqual(talk.done, ["setDraft H", "setDraft ", "setDraft Hello"]);
  });

  it("[MSG-13] are told at once when they are sent: the page may go before the pause is over", () => {
    const place = shelf();
    const talk = new LogTalk();
    const drafts = new Drafts(place, new TestClock(), talk);
    drafts.set("a", "pasted");
    drafts.set("a", "");
    assert.deepEqual(talk.done, ["setDraft pasted", "setDraft "]);
    assert.deepEqual(place.writes, [{ a: "pasted" }, {}]);
  });

  it("stay when a device that has never agreed on anything hears of nothing", async () => {
    const drafts = new Drafts(shelf({ a: "kept" }), new TestClock(), new LogTalk());
    await drafts.restore();
    drafts.learn("a", { text: "" });
    assert.equal(drafts.text("a"), "kept");
  });
});
