import assert from "node:assert/strict";
import { test } from "node:test";
import { WORKLOADS } from "../workloads.ts";
import { DEMANDED, pageOf, readPage } from "./page.ts";
import { plot } from "./plot.ts";
import { type Entry, type Results, readResults } from "./recorded.ts";

const about = {
  date: "2026-01-31",
  commit: "0123456789ab",
  machine: { processor: "Abacus", cores: 2, memoryGiB: 4, node: "20.19.0", redis: "7.0.15" },
  rounds: 3,
  others: 0.02,
};
const spread = (median: number) => ({ median, low: 0.9 * median, high: 1.1 * median });

function results(ratio: number, limit: number, bound: "atMost" | "atLeast"): Results {
  const reference = { name: "a <bare> & plain server", value: spread(1), ratio: spread(ratio) };
  const figure = { of: "ratio", bound, limit } as const;
  const entry: Entry = { ...about, rows: [{ what: "CPU", unit: "µs", parley: spread(ratio), reference, figure }] };
  return { version: 1, workloads: { P1: entry } };
}

test("docs/benchmarks.md and its plot are those of the recorded results", () => {
  const page = readPage();
  assert.deepEqual(page, pageOf(page.text, readResults()), "run node server/dist/bench/results/write-page.js");
});

test("every recorded workload is one that there is", () => {
  const unknown = Object.keys(readResults().workloads).filter((id) => !(id in WORKLOADS));
  assert.deepEqual(unknown, []);
});

test("the page says of each demanded workload what there is, or that there is nothing", () => {
  const { text } = pageOf("<!-- results -->\n<!-- end -->", readResults());
  for (const id of DEMANDED)
    assert.match(text, new RegExp(`^## ${id}$|^Not recorded.*\\b${id}\\b|\\b${id}: .*nothing to measure`, "m"));
});

test("the table tells limit, value, spread and whether it is met", () => {
  const table = (...args: Parameters<typeof results>) =>
    pageOf("<!-- results -->\n<!-- end -->", results(...args)).text;
  assert.match(table(1.1, 1.2, "atMost"), /\| P1 \| CPU \| at most 1\.2 x a .* \| 1\.1 \| 0\.99 to 1\.21 \| met \|/);
  assert.match(table(1.5, 1.2, "atMost"), /\| within twice \|/);
  assert.match(table(0.3, 1.2, "atLeast"), /\| missed \|/);
});

test("the plot is well-formed, has a title, text as text, and colours for dark and light", () => {
  const svg = plot(results(1.5, 1.2, "atMost"));
  assert.match(svg, /role="img" aria-labelledby="title desc"/);
  assert.match(svg, /<title id="title">/);
  assert.match(svg, /prefers-color-scheme: dark/);
  assert.match(svg, /a &lt;bare&gt; &amp; plain server/);
  assert.doesNotMatch(svg, /<script|<image|href=|NaN|undefined/);
  const open: string[] = [];
  for (const [, end, name = "", self] of svg.matchAll(/<(\/?)([a-z]+)[^>]*?(\/?)>/g)) {
    if (end === "/") assert.equal(open.pop(), name);
    else if (self === "") open.push(name);
  }
  assert.deepEqual(open, []);
});

test("a bar is as long as its ratio, its mark is at the limit, and a longer one is cut", () => {
  const width = (ratio: number) =>
    Number(/class="\w+" x="20" y="\d+" width="([\d.]+)"/.exec(plot(results(ratio, 1.2, "atMost")))?.[1]);
  assert.equal(width(1), 180);
  assert.equal(width(1.5), 270);
  assert.equal(width(50), width(3));
  assert.match(plot(results(1, 1.2, "atMost")), /class="limit" d="M236 /);
});

test("the plot of nothing is a plot, and the same results make the same one", () => {
  assert.match(plot({ version: 1, workloads: {} }), /0 of 0 recorded figures are met/);
  assert.equal(plot(results(1, 2, "atMost")), plot(results(1, 2, "atMost")));
});
