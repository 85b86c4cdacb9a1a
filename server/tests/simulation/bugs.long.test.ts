import assert from "node:assert/strict";
import { test } from "node:test";
import { BUG_NAMES } from "./bugs.ts";
import { tell } from "./tell.ts";

const SEEDS_MAX = 1_000;

for (const bug of BUG_NAMES) {
  test(`[SYNC-3] the simulation finds the bug "${bug}" within ${SEEDS_MAX} seeds`, async (context) => {
    let seed = 1;
    while (seed <= SEEDS_MAX && (await tell(seed, { bug })).failure === null) seed += 1;
    assert(seed <= SEEDS_MAX, "not found");
    context.diagnostic(`${bug} was found by seed ${seed}`);
  });
}
