import assert from "node:assert/strict";
import { test } from "node:test";
import type { Row } from "../report.ts";
import { formatResults, type Provenance, parseResults, type Results, record } from "./recorded.ts";

const about: Provenance = {
  date: "2026-01-31",
  commit: "0123456789ab",
  machine: { processor: "Abacus", cores: 2, memoryGiB: 4, node: "20.19.0", redis: "7.0.15" },
  rounds: 3,
  others: 0.02,
};
const spread = { median: 1.234567, low: 1, high: 2 };
const row: Row = { id: "P1", what: "CPU", unit: "µs", parley: spread, reference: null, figure: null };
const empty: Results = { version: 1, workloads: {} };

test("what is recorded is read back, rounded, in the order of the workloads", () => {
  let results = record(empty, "P10", [row], about).results;
  results = record(
    results,
    "P2",
    [{ ...row, reference: { name: "bare", value: spread, ratio: spread } }],
    about,
  ).results;
  const read = parseResults(formatResults(results));
  assert.deepEqual(Object.keys(read.workloads), ["P2", "P10"]);
  assert.deepEqual(read.workloads.P10, {
    ...about,
    rows: [{ what: "CPU", unit: "µs", parley: { median: 1.235, low: 1, high: 2 }, reference: null, figure: null }],
  });
  assert.equal(formatResults(read), formatResults(results));
});

test("a workload recorded again takes the place of its old entry and leaves the others", () => {
  const first = record(record(empty, "P1", [row], about).results, "P2", [row], about).results;
  const second = record(first, "P1", [row], { ...about, date: "2026-02-28" }).results;
  assert.equal(second.workloads.P1?.date, "2026-02-28");
  assert.deepEqual(second.workloads.P2, first.workloads.P2);
});

test("what is no number is left out and told", () => {
  const nothing = { ...row, what: "by nothing", parley: { ...spread, high: Number.POSITIVE_INFINITY } };
  const { results, left } = record(empty, "P1", [row, nothing], about);
  assert.deepEqual(left, ["P1 by nothing"]);
  assert.equal(results.workloads.P1?.rows.length, 1);
});

test("data that break the schema are refused with their place", () => {
  const good = JSON.parse(formatResults(record(empty, "P1", [row], about).results));
  const refused = (change: (results: typeof good) => void, place: RegExp) => {
    const bad = structuredClone(good);
    change(bad);
    assert.throws(() => parseResults(JSON.stringify(bad)), place);
  };
  refused((bad) => (bad.version = 2), /at \/version/);
  refused((bad) => (bad.workloads.P1.commit = "unknown"), /at \/workloads\/P1\/commit/);
  refused((bad) => (bad.workloads.P1.machine.host = "mine"), /at \/workloads\/P1\/machine/);
  refused((bad) => (bad.workloads.P1.rows[0].parley.median = null), /at \/workloads\/P1\/rows\/0\/parley\/median/);
  refused((bad) => (bad.workloads.P1.rows = []), /at \/workloads\/P1\/rows/);
  refused((bad) => (bad.workloads["../P1"] = bad.workloads.P1), /at \/workloads/);
});
