import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Drafts } from "./drafts.ts";
import { TestClock } from "./test-clock.ts";

function shelf(kept: Record<string, string> = {}) {
  const writes: Record<string, string>[] = [];
  return { writes, read: async () => kept, write: async (value: Record<string, string>) => void writes.push(value) };
}

describe("drafts", () => {
  it("save the first letter at once and those after it together", () => {
    const clock = new TestClock();
    const place = shelf();
    const drafts = new Drafts(place, clock);
    for (const text of ["h", "ha", "hal", "half"]) drafts.set("a", text);
    assert.deepEqual(place.writes, [{ a: "h" }]);
    clock.pass(1_000);
    assert.deepEqual(place.writes, [{ a: "h" }, { a: "half" }]);
    clock.pass(10_000);
    assert.equal(place.writes.length, 2);
  });

  it("come back, but never over what has been typed since", async () => {
    const drafts = new Drafts(shelf({ a: "old", b: "kept" }), new TestClock());
    drafts.set("a", "new");
    await drafts.restore();
    assert.deepEqual([drafts.text("a"), drafts.text("b")], ["new", "kept"]);
  });

  it("are bounded, and the oldest goes first", () => {
    const drafts = new Drafts(shelf(), new TestClock());
    for (let at = 0; at <= 200; at += 1) drafts.set(`chat ${at}`, "x");
    assert.deepEqual([drafts.text("chat 0"), drafts.text("chat 1"), drafts.text("chat 200")], ["", "x", "x"]);
  });
});
