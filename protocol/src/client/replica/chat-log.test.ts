import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Message } from "../../schema/message.ts";
import { ChatLog, EARLY_MAX, isContiguous } from "./chat-log.ts";

const entry = (seq: number): Message => ({ seq, kind: "void" });
const entries = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => entry(from + i));
const seqs = (messages: readonly Message[]) => messages.map(({ seq }) => seq);

test("[S3] whatever comes in which order and how often, each entry comes out once and in order", () => {
  const deliveries = fc.array(fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 10 }), { maxLength: 40 });
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 20 }), deliveries, (applied, batches) => {
      const log = new ChatLog(applied, true);
      const told = batches.flatMap((batch) => log.offer(batch.map(entry)));
      assert.deepEqual(seqs(told), seqs(entries(applied + 1, applied + told.length)));
      assert.equal(log.applied, applied + told.length);
      // What is missing is known to be missing, and filling it brings everything that was ever offered.
      const highest = Math.max(applied, ...batches.flat());
      assert.equal(log.behind, highest > log.applied);
      told.push(...log.offer(entries(log.applied + 1, highest)));
      assert.deepEqual(seqs(told), seqs(entries(applied + 1, Math.max(applied, highest))));
      assert.equal(log.behind, false);
    }),
  );
});

test("[S3] a chat of which nothing is known begins at its first entry, or where a page says", () => {
  const fresh = new ChatLog(0, false);
  assert.deepEqual(fresh.offer([entry(7)]), []);
  assert.equal(fresh.behind, false, "a push cannot say where the newest begin");
  assert.deepEqual(seqs(fresh.restart(entries(4, 6), 6)), [4, 5, 6, 7]);
  assert.deepEqual(seqs(new ChatLog(0, false).offer(entries(1, 3))), [1, 2, 3]);
});

test("what waits for an earlier entry is bounded, and still known to exist", () => {
  const log = new ChatLog(0, true);
  log.offer(entries(2, EARLY_MAX + 100));
  assert.equal(log.gap, 100);
  assert.equal(log.offer([entry(1)]).length, EARLY_MAX + 1);
  assert.ok(log.behind);
});

test("a page with a hole is recognised", () => {
  assert.ok(isContiguous([]) && isContiguous(entries(5, 9)));
  assert.ok(!isContiguous([entry(1), entry(3)]) && !isContiguous([entry(2), entry(1)]));
});
