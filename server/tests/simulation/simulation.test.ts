import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { FAULT_KINDS } from "./faults.ts";
import { type Told, tell } from "./tell.ts";

/** Always the same, so that a change that breaks something is the only thing that can fail. */
const FIRST = 1;
const SEEDS = process.env.PARLEY_LONG ? 2_000 : 24;

/** Each failed once, by a fault of the product that is cured since. */
const CURED = [
  /** A read marker that a lost tail took was never told again: the person's other devices did not know of it. */
  14,
  /** One that was refused, because its entry was lost, counted as told. */
  100294,
  /** A late copy of a message was made void, and stayed with those who had seen it. */
  400374,
  /** Whose removal was lost with a tail had no seat any more. */
  500162,
  /** A read marker that was marked again was told before it was stored. */
  510058,
  /** A page that was read before a notice, and came after it, undid what the notice had told. */
  611278, 611339,
  /** What came live while a new epoch was read was put back by it. */
  613195,
  /** Who was let in once more, as a member, was told the entry twice. */
  700268, 701066,
  /** The news of a membership that had ended came late, and was told from its beginning. */
  803025,
  /** Two nodes did one deed at once: one took what the other had written for a refusal, and nobody finished it. */
  804371,
  /** What came live before a new epoch, while a pull was on its way, was acted on once more in the new one. */
  804730,
  /** A node claimed a message by the length of a log that the store had lost the tail of: it was there twice. */
  825585,
  /** An edit that was noticed while the chat list's line was looked for was not asked for. */
  876478,
  /** An entry that was asked for in an epoch before was taken for what it is in the new one. */
  876230,
  /** A node saw by a list of revoked sessions that was asked for before it was paused. */
  900410,
  /** A page had a cursor past the notice of what was not in it: its parts were read in another order. */
  902119, 907642,
  /** An edit was heard of before its entry by a process that died, and only the cursor remembered it. */
  904962,
  /** Who was let in while everybody else left was told twice what they had missed. */
  922153,
  /** A node that had heard of a call, and nothing of its end, did not look for it. */
  962731,
  /** That a call rings came late by the bus, after its end, to who had signed in between: it rang for good. */
  1010094,
  /** A chat that was learnt live before a new epoch, while a pull was on its way, stayed for good. */
  960951,
  /** A read marker that was marked again went with the field of a node that was gone. */
  960041,
  /** Who was removed was a member again by what a node had read of the chat before. */
  971818,
  /** A call was listed by a node that had been paused, after the look that ends it. */
  972502,
];

describe("[SYNC-3] the whole system while messages, processes, the bus and the store fail at any step", () => {
  const told: Told[] = [];
  const keepsItsPromises = async (seed: number) => {
    const story = await tell(seed);
    assert.equal(story.failure, null, `npm run simulate -- --seed ${seed}`);
    return story;
  };

  it(`keeps its promises and converges in ${SEEDS} stories from seed ${FIRST}`, async (context) => {
    for (let seed = FIRST; seed < FIRST + SEEDS; seed++) told.push(await keepsItsPromises(seed));
    context.diagnostic(FAULT_KINDS.map((kind) => `${kind} ${sum(told.map(({ faults }) => faults[kind]))}`).join(", "));
  });

  it("which prove something: each fault happened, and people did what they came for", () => {
    for (const kind of FAULT_KINDS) {
      assert(sum(told.map(({ faults }) => faults[kind])) > 0, `"${kind}" never happened`);
    }
    for (const deed of [
      "message.edit",
      "message.retract",
      "message.hide",
      "call.start",
      "call.join",
      "member.remove",
    ]) {
      assert(sum(told.map(({ deeds }) => deeds[deed])) >= SEEDS / 8, `${deed} happened too rarely`);
    }
  });

  it("tells a seed twice in the same way, and without one event the rest of it", async () => {
    const [first, again] = [await tell(FIRST), await tell(FIRST)];
    assert.deepEqual(again, first);
    const [gone, ...rest] = first.events.map(({ id }) => id);
    const shorter = await tell(FIRST, { only: new Set(rest) });
    assert(!shorter.events.some(({ id }) => id === gone));
    assert(shorter.events.every(({ id }) => rest.includes(id)));
  });

  for (const seed of CURED) {
    it(`keeps its promises in the story of seed ${seed}, too`, async () => {
      await keepsItsPromises(seed);
    });
  }
});

function sum(counts: readonly (number | undefined)[]): number {
  return counts.reduce<number>((all, count) => all + (count ?? 0), 0);
}
