import assert from "node:assert/strict";
import { test } from "node:test";
import { canonicalHandle, ReplyError } from "@parley/protocol";
import fc from "fast-check";
import { registrableHandle } from "./handle.ts";

const invalid = (handle: string) =>
  assert.throws(
    () => registrableHandle(handle),
    (error) => error instanceof ReplyError && error.name === "HANDLE_INVALID",
    JSON.stringify(handle),
  );

test("[ACC-1] handles of one script are taken in their canonical form", () => {
  const forms: [string, string][] = [
    ["Alice", "alice"],
    ["a.b-c_d", "a.b-c_d"],
    ["Ｂｏｂ１", "bob1"],
    ["ОЛЬГА", "ольга"],
    ["Οδυσσεύς", "οδυσσεύσ"],
    ["田中さくら", "田中さくら"],
    ["김철수", "김철수"],
    ["हिन्दी", "हिन्दी"],
    ["007", "007"],
    ["x".repeat(32), "x".repeat(32)],
  ];
  for (const [typed, canonical] of forms) assert.equal(registrableHandle(typed), canonical);
});

test("[DIR-2] a tag of 3 to 6 digits belongs to the handle", () => {
  for (const handle of ["bob", "bob#123", "bob#1234", "bob#123456"]) assert.equal(registrableHandle(handle), handle);
  for (const handle of ["bob#12", "bob#1234567", "bob#12a", "bob#", "#123", "bob#123#123"]) invalid(handle);
});

test("[ACC-1] look-alikes, bad lengths and bad places are refused", () => {
  const mixed = ["pаypal", "аlice", "alicе", "Ω1a", "tест", "カa1"];
  const latinInDisguise = ["раура", "соса", "ехо"];
  const shapes = [
    "ab",
    "x".repeat(33),
    ".abc",
    "abc.",
    "-abc",
    "abc_",
    "a b c",
    "a@bc",
    "abc\u200b",
    "a\u0000bc",
    "😀😀😀",
  ];
  for (const handle of [...mixed, ...latinInDisguise, ...shapes, "٣٤٥", "a\u0301\u0301\u0301\u0302b", ""])
    invalid(handle);
});

test("[ACC-1] what is taken is canonical already", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 40 }), (text) => {
      assert.equal(canonicalHandle(canonicalHandle(text)), canonicalHandle(text));
      let taken: string;
      try {
        taken = registrableHandle(text);
      } catch {
        return;
      }
      assert.equal(registrableHandle(taken), taken);
      assert.equal(registrableHandle(taken.normalize("NFKD")), taken);
    }),
    { numRuns: 2000 },
  );
});
