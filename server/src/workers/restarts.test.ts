import assert from "node:assert/strict";
import { test } from "node:test";
import { Restarts } from "./restarts.ts";

test("[NODE-1] a worker that keeps dying is started again later and later, and after a minute of that is useless", () => {
  const restarts = new Restarts();
  const waits = Array.from({ length: 9 }, () => restarts.died(10));
  assert.deepEqual(waits, [250, 500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000, 10_000]);
  assert.equal(restarts.useless, false);
  restarts.died(10);
  assert.equal(restarts.useless, true);
});

test("[NODE-1] one that served for a minute before is started again at once", () => {
  const restarts = new Restarts();
  for (let n = 0; n < 20; n++) restarts.died(10);
  assert.equal(restarts.died(60_000), 250);
  assert.equal(restarts.useless, false);
});
