import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { initialsOf, tintOf } from "./face.ts";
import { idOf } from "./test-talk.ts";

describe("faces", () => {
  it("show the first letters of the first and the last word, in any script", () => {
    assert.deepEqual(
      ["Anna Lindqvist", "bo", "Ana María de la Cruz", "田中 文", "élodie.martin", "🙂", ""].map(initialsOf),
      ["AL", "B", "AC", "田文", "ÉM", "🙂", ""],
    );
  });

  it("have one of the design's colours, always the same", () => {
    for (const letter of "abcdefgh") assert.ok(tintOf(idOf(letter)) >= 0 && tintOf(idOf(letter)) < 8);
    assert.equal(tintOf("x"), tintOf("x"));
  });
});
