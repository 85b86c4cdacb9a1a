import assert from "node:assert/strict";
import { test } from "node:test";
import { BUG_NAMES, type Bug } from "./bugs.ts";
import { tell } from "./tell.ts";

/** A seed for each bug that catches it, so that it costs one story; bugs.long.test.ts looks for them. */
const CAUGHT_BY: Record<Bug, { readonly seed: number; readonly by: RegExp }> = {
  // A copy may be seen by any of these, whichever is looked at first.
  "push-answer-dropped": { seed: 26, by: /\[(S1|S2|S3|MSG-11)\]/ },
  "inbox-write-skipped": { seed: 2, by: /\[S4\]/ },
  "delivered-before-durable": { seed: 1, by: /\[S5\]/ },
  "dedupe-forgotten": { seed: 1, by: /\[(S1|S2)\]/ },
  "removal-unmarked": { seed: 316, by: /\[S8\]/ },
  "late-unsettled": { seed: 186, by: /\[(S1|S2|S3|MSG-11)\]/ },
};

for (const bug of BUG_NAMES) {
  const { seed, by } = CAUGHT_BY[bug];
  test(`[SYNC-3] the simulation notices the bug "${bug}" in the story of seed ${seed}`, async () => {
    const { failure } = await tell(seed, { bug });
    assert.match(failure ?? "every promise was kept", by);
  });
}
