import assert from "node:assert/strict";
import { test } from "node:test";
import { Lane } from "./lane.ts";

const never = (error: unknown) => assert.fail(String(error));

test("jobs run in order, whatever each of them takes", async () => {
  const done: number[] = [];
  const lane = new Lane(100, never);
  const finish: (() => void)[] = [];
  lane.push(1, () => new Promise<void>((resolve) => finish.push(resolve)).then(() => void done.push(1)));
  lane.push(1, () => void done.push(2));
  lane.push(1, async () => void done.push(3));
  assert.deepEqual(done, []);
  finish[0]?.();
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(done, [1, 2, 3]);
});

test("a job that answers at once runs at once, and what it pushes comes after it", () => {
  const done: string[] = [];
  const lane = new Lane(100, never);
  lane.push(1, () => {
    lane.push(1, () => void done.push("inner"));
    done.push("outer");
  });
  assert.deepEqual(done, ["outer", "inner"]);
});

test("a full lane refuses weight, but not what weighs nothing", async () => {
  const lane = new Lane(10, never);
  let finish = () => {};
  assert.equal(
    lane.push(50, () => new Promise<void>((resolve) => (finish = resolve))),
    true,
    "one job always fits",
  );
  assert.equal(
    lane.push(1, () => {}),
    false,
  );
  assert.equal(
    lane.push(0, () => {}),
    true,
  );
  finish();
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(
    lane.push(10, () => {}),
    true,
  );
});

test("a job that fails is told, and the next one runs", async () => {
  const failures: unknown[] = [];
  const done: number[] = [];
  const lane = new Lane(100, (error) => failures.push(error));
  lane.push(1, () => {
    throw new Error("sync");
  });
  lane.push(1, () => Promise.reject(new Error("async")));
  lane.push(1, () => void done.push(1));
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(failures.length, 2);
  assert.deepEqual(done, [1]);
});
