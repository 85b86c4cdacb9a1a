import assert from "node:assert/strict";
import { test } from "node:test";
import { SteppingBack } from "./stepping-back.ts";

test("a thread that has gone on for a while pauses, and not again before it has gone on for as long", () => {
  let now = 0;
  let pauses = 0;
  const steppingBack = new SteppingBack(
    () => now,
    () => {
      pauses += 1;
      now += 3;
    },
  );
  const after = (ms: number) => {
    now += ms;
    steppingBack.between();
    return pauses;
  };
  assert.deepEqual([0.3, 0.3, 0.1, 0.3, 0.2, 5].map(after), [0, 1, 1, 1, 2, 3]);
});

test("a pause ends by itself", () => {
  const steppingBack = new SteppingBack();
  const startedAt = performance.now();
  while (performance.now() - startedAt < 5) steppingBack.between();
});
