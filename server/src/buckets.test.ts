import assert from "node:assert/strict";
import { test } from "node:test";
import { VirtualTime } from "../tests/_util/virtual-time.ts";
import { Buckets } from "./buckets.ts";

test("a key has its burst, then its rate, and is told how long to wait", async () => {
  const time = new VirtualTime();
  const buckets = new Buckets({ perSecond: 10, burst: 20, keys: 100 }, time);
  const taken = () => Array.from({ length: 40 }, () => buckets.take("a")).filter((wait) => wait === 0).length;
  assert.equal(taken(), 20);
  assert.equal(buckets.take("a"), 100);
  assert.equal(buckets.take("b"), 0);
  await time.run(500);
  assert.equal(taken(), 5);
  await time.run(3_600_000);
  assert.equal(taken(), 20);
});

test("beyond the bound all further keys share one bucket", () => {
  const buckets = new Buckets({ perSecond: 1, burst: 1, keys: 3 }, new VirtualTime());
  const waits = ["a", "b", "c", "d", "e"].map((key) => buckets.take(key));
  assert.deepEqual(
    waits.map((wait) => wait === 0),
    [true, true, true, true, false],
  );
});

test("full buckets are forgotten: old keys do not crowd out new ones", async () => {
  const time = new VirtualTime();
  const buckets = new Buckets({ perSecond: 1, burst: 1, keys: 2 }, time);
  for (const key of ["a", "b", "c"]) buckets.take(key);
  await time.run(10_000);
  assert.deepEqual(
    ["d", "e", "f"].map((key) => buckets.take(key)),
    [0, 0, 0],
  );
});

test("several tokens are taken at once or not at all, and what was taken in advance is given back", async () => {
  const time = new VirtualTime();
  const buckets = new Buckets({ perSecond: 1, burst: 5, keys: 10 }, time);
  assert.equal(buckets.take("a", 4), 0);
  assert.equal(buckets.take("a", 3), 2_000);
  assert.equal(buckets.take("a"), 0);
  buckets.giveBack("a");
  assert.equal(buckets.take("a"), 0);
  assert.equal(buckets.take("a"), 1_000);
  buckets.giveBack("b");
  assert.equal(buckets.take("b", 5), 0);
  assert.equal(buckets.take("b"), 1_000);
});
