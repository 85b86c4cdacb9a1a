import assert from "node:assert/strict";
import { test } from "node:test";
import type { Row } from "../report.ts";
import { compareWithRecorded, tolerance } from "./guard.ts";
import type { RecordedRow } from "./recorded.ts";

const spread = (median: number, low = median, high = median) => ({ median, low, high });
const once = spread(1);

/** A row with this ratio to its reference, whatever its own value. */
function row(ratio: ReturnType<typeof spread>, over: Partial<Row> = {}): Row & RecordedRow {
  const reference = { name: "bare", value: once, ratio };
  return { id: "P1", what: "CPU per message", unit: "µs", parley: once, reference, figure: null, ...over };
}

const compare = (fresh: Row, recorded: RecordedRow) => compareWithRecorded("P1", [fresh], [recorded]);

test("a ratio that stayed is not worse", () => {
  const { compared, worse, missing, unrecorded } = compare(row(spread(1.4)), row(spread(1.4, 1.35, 1.45)));
  assert.deepEqual({ compared, worse, missing, unrecorded }, { compared: 1, worse: [], missing: [], unrecorded: [] });
});

test("a ratio that is worse by more than is tolerated is told in words", () => {
  const { worse } = compare(row(spread(1.8, 1.7, 1.9)), row(spread(1.4, 1.35, 1.45)));
  assert.equal(worse.length, 1);
  assert.equal(
    worse[0]?.words,
    "P1 CPU per message (beside bare): 1.8 (1.7 to 1.9) times the reference, recorded 1.4 (1.35 to 1.45): " +
      "28.6 % worse, 15 % is tolerated",
  );
});

test("times do not count: everything ten times slower, and the reference with it, is not worse", () => {
  const slow = row(spread(1.4), { parley: spread(1_000) });
  assert.deepEqual(compare(slow, row(spread(1.4, 1.3, 1.5), { parley: spread(100) })).worse, []);
});

test("a cost that falls is not worse, a rate that falls is", () => {
  assert.deepEqual(compare(row(spread(0.5)), row(spread(1))).worse, []);
  assert.equal(compare(row(spread(0.5), { unit: "/s" }), row(spread(1), { unit: "/s" })).worse.length, 1);
  const atLeast = { of: "ratio", bound: "atLeast", limit: 1 } as const;
  assert.equal(compare(row(spread(0.5), { figure: atLeast }), row(spread(1))).worse.length, 1);
});

test("what is tolerated follows from the recorded spread, between its bounds", () => {
  const near = (actual: number, expected: number) => assert.ok(Math.abs(actual - expected) < 1e-9, String(actual));
  near(tolerance(spread(2, 1.99, 2.01)), 0.15);
  near(tolerance(spread(2, 1.8, 2.2)), 0.4);
  near(tolerance(spread(2, 1, 9)), 1);
  near(tolerance(spread(2)), 0.3);
});

test("a wide spread lets pass what a narrow one does not", () => {
  assert.equal(compare(row(spread(1.3)), row(spread(1, 0.98, 1.02))).worse.length, 1);
  assert.equal(compare(row(spread(1.3)), row(spread(1, 0.9, 1.1))).worse.length, 0);
});

test("more than twice as bad is worse whatever the spread was", () => {
  assert.equal(compare(row(spread(2.1)), row(spread(1, 0.1, 9))).worse.length, 1);
});

test("without a reference only what has no unit is compared", () => {
  const trips = { reference: null, unit: "", parley: spread(3) };
  assert.equal(compare(row(once, { ...trips, parley: spread(4) }), row(once, trips)).worse.length, 1);
  assert.equal(compare(row(once, { ...trips, unit: "ms" }), row(once, { ...trips, unit: "ms" })).compared, 0);
});

test("what is beside two references is two values", () => {
  const other = (ratio: number) => row(once, { reference: { name: "coalescing", value: once, ratio: spread(ratio) } });
  const { compared, worse } = compareWithRecorded("P2", [row(spread(1)), other(9)], [row(spread(1)), other(4)]);
  assert.equal(compared, 2);
  assert.deepEqual(
    worse.map(({ key }) => key),
    ["P2 CPU per message (beside coalescing)"],
  );
});

test("what vanished and what is new are told, and what is no ratio is left alone", () => {
  const { missing, unrecorded } = compare(row(once, { what: "new" }), row(once, { what: "old" }));
  assert.deepEqual([missing, unrecorded], [["P1 old (beside bare)"], ["P1 new (beside bare)"]]);
  const { compared } = compare(row(spread(-3)), row(spread(-1)));
  assert.equal(compared, 0);
  const unguarded = row(spread(9), { unguarded: "a difference" });
  assert.equal(compare(unguarded, row(spread(1), { unguarded: "a difference" })).compared, 0);
});
