import assert from "node:assert/strict";
import { test } from "node:test";
import { createLog } from "./log.ts";

function logged(error: unknown): string {
  const lines: string[] = [];
  createLog("debug", { write: (line) => void lines.push(line) }).error("something failed", { error });
  return lines.join("");
}

test("an error is logged by its class, code and frames, without a word of its message", () => {
  const cause = new TypeError("inner-secret");
  const error = Object.assign(new RangeError("outer-secret\n    at forged-secret (x.js:1:1)", { cause }), {
    code: "E1",
  });
  const text = logged(error);
  const line = JSON.parse(text) as { error: { name: string; code: string; at: string[]; cause: { name: string } } };
  assert.doesNotMatch(text, /secret/);
  assert.equal(line.error.name, "RangeError");
  assert.equal(line.error.code, "E1");
  assert.match(line.error.at[0] ?? "", /log\.test/);
  assert.equal(line.error.cause.name, "TypeError");
});

test("what is thrown and is no error says its type alone", () => {
  assert.doesNotMatch(logged("a secret text"), /secret/);
});

test("a line says which part of the program it is of", () => {
  const lines: string[] = [];
  const log = createLog("info", { write: (line) => void lines.push(line) });
  log.info("first of all");
  log.of("gateway").of("mail").warn("then this", { count: 2 });
  log.of("gateway").debug("and nothing more");
  const told = lines.map((line) => JSON.parse(line) as { area: string; msg: string; count?: number });
  assert.deepEqual(
    told.map(({ area, msg, count }) => [area, msg, count]),
    [
      ["node", "first of all", undefined],
      ["mail", "then this", 2],
    ],
  );
});
