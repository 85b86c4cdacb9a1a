import assert from "node:assert/strict";
import { test } from "node:test";
import { Pace } from "./pace.ts";

const MIB = 1024 ** 2;

test("two that share a pace get no more together than one alone", () => {
  const pace = new Pace(64 * MIB);
  const chunk = 64 * 1024;
  let now = 1_000;
  let passed = 0;
  // Whoever comes, comes when the other may go on, too.
  while (passed < 640 * MIB) {
    now += Math.max(pace.pass(chunk, now), pace.pass(chunk, now));
    passed += 2 * chunk;
  }
  assert.ok(Math.abs(now - 1_000 - 10_000) <= 20, `${now - 1_000} ms`);
});

test("what comes slower is not held up, and a pause earns nothing", () => {
  const pace = new Pace(MIB);
  for (let now = 0; now < 10_000; now += 100) assert.equal(pace.pass(0.01 * MIB, now), 0);
  assert.equal(pace.pass(2 * MIB, 60_000), 2_000);
  assert.equal(pace.pass(MIB, 62_000), 1_000);
});
