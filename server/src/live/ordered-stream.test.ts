import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { OrderedStream } from "./ordered-stream.ts";

function streamOf(log: readonly string[]) {
  const delivered: string[] = [];
  const pending: (() => void)[] = [];
  const stream = new OrderedStream({
    fetch: (from, to) =>
      new Promise((resolve) => {
        pending.push(() => resolve(log.slice(from - 1, to)));
      }),
    deliver: (number, text) => {
      assert.equal(text, log[number - 1]);
      delivered.push(text);
    },
  });
  const settle = async () => {
    while (pending.length > 0) {
      pending.shift()?.();
      await new Promise(setImmediate);
    }
  };
  return { stream, delivered, settle };
}

test("[S5] any arrival order, loss and repetition is delivered once, in order, without a gap", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 80 }),
      fc.integer({ min: 0, max: 10 }),
      fc.nat({ max: 80 }),
      async (arrivals, base, settleAt) => {
        const log = Array.from({ length: 40 }, (_, i) => `entry ${i + 1}`);
        const { stream, delivered, settle } = streamOf(log);
        const begin = Math.min(settleAt, arrivals.length);
        for (const number of arrivals.slice(0, begin)) stream.offer(number, log[number - 1] ?? "");
        stream.begin(base);
        for (const number of arrivals.slice(begin)) {
          stream.offer(number, log[number - 1] ?? "");
          if (number % 7 === 0) await settle();
        }
        await settle();
        stream.catchUp(log.length);
        await settle();
        assert.deepEqual(delivered, log.slice(base));
      },
    ),
    { numRuns: 200 },
  );
});

test("[S5] a log that lost its tail does not make it fetch for ever", async () => {
  const { stream, delivered, settle } = streamOf(["one"]);
  stream.begin(1);
  stream.catchUp(5);
  await settle();
  assert.deepEqual(delivered, []);
});

test("[S9] after a lost tail the numbers begin where the log ends now, also with a read under way", async () => {
  const log = ["one", "two", "three"];
  const { stream, delivered, settle } = streamOf(log);
  stream.begin(3);
  stream.catchUp(5);
  log.length = 1;
  stream.forget();
  assert.equal(stream.delivered, null);
  stream.begin(1);
  log.push("another two");
  stream.offer(2, "another two");
  await settle();
  assert.deepEqual(delivered, ["another two"]);
  assert.equal(stream.delivered, 2);
});
