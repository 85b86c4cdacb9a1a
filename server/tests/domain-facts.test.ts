import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { addFact, latestFact, latestFacts } from "../src/records/facts.ts";
import { onEachStore } from "./_util/domain-stores.ts";

onEachStore((store) => {
  test("the latest fact counts, in whatever order and however often the facts are written", async () => {
    const node = await store.node();
    let key = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.constantFrom("a", "b"), fc.nat(12)), { minLength: 1, maxLength: 40 }),
        async (writes) => {
          const hash = `facts:${++key}`;
          const write = ([subject, seq]: [string, number]) =>
            addFact(node.store, hash, subject, { seq, value: `at ${seq}` });
          // Half of them at once, as by several nodes.
          await Promise.all(writes.slice(0, writes.length / 2).map(write));
          for (const one of writes.slice(writes.length / 2)) await write(one);
          const all = await latestFacts(node.store, hash);
          for (const subject of ["a", "b"]) {
            const seqs = writes.filter(([of]) => of === subject).map(([, seq]) => seq);
            const expected = seqs.length === 0 ? null : { seq: Math.max(...seqs), value: `at ${Math.max(...seqs)}` };
            assert.deepEqual(await latestFact(node.store, hash, subject), expected);
            assert.deepEqual(all.get(subject) ?? null, expected);
          }
          assert.equal(await node.store.hashLength(hash), new Set(writes.map(String)).size);
        },
      ),
      { numRuns: 25 },
    );
  });
});
