import assert from "node:assert/strict";
import { test } from "node:test";
import { monthAfter, monthOf, placeOf, posOf } from "./inbox.ts";

test("months follow each other over the turn of a year, both ways", () => {
  assert.equal(monthOf(Date.UTC(2025, 11, 31, 23, 59, 59, 999)), "202512");
  assert.deepEqual(
    [monthAfter("202512", 1), monthAfter("202601", -1), monthAfter("202602", 1)],
    ["202601", "202512", "202603"],
  );
});

test("[S4] a cursor is read back as it was written, and nothing else is a cursor", () => {
  const place = { month: "202511", read: 12, readBefore: 0 };
  assert.deepEqual(placeOf(posOf(place)), place);
  for (const odd of [
    "",
    "202513.1.1",
    "202511.1",
    "202511.-1.0",
    "202511.1.1.1",
    " 202511.1.1",
    `202511.${"9".repeat(16)}.0`,
  ]) {
    assert.equal(placeOf(odd), null, odd);
  }
});
