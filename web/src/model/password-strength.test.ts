import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { strengthOf } from "./password-strength.ts";

describe("the strength of a password", () => {
  for (const [password, strength] of [
    ["", "empty"],
    ["abc", "tooShort"],
    ["password1", "weak"],
    ["aaaaaaaaaaaa", "weak"],
    ["12345678", "weak"],
    ["annalindqvist", "weak"],
    ["vivid-otter-lantern-42", "strong"],
    ["k9#Vq2!mZp", "good"],
  ] as const) {
    it(`${password === "" ? "nothing" : password}: ${strength}`, () => {
      assert.equal(strengthOf(password, "annalind"), strength);
    });
  }
});
