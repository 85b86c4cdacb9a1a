// `npm test`: everything. `npm test -- unit`, `-- server`, `-- web`, `-- lint` or a part of a file's path runs only that.
// `--long` (npm run test:long) lets tests make more rounds and runs *.long.test files too, `--fresh` lets those with seeds take new ones.
import { existsSync } from "node:fs";
import { checkBuild, checkLint, checkTypes } from "./steps/checks.mjs";
import { install } from "./steps/install.mjs";
import { runTestFile } from "./steps/run-test-file.mjs";
import { compiled, selectTests } from "./steps/select-tests.mjs";
import { provide } from "./steps/system-packages.mjs";
import { testFolder } from "./steps/test-folder.mjs";

const given = process.argv.slice(2);
const long = given.includes("--long");
// Tests read these two: how thorough to be, and whether to repeat the known seeds or to look for new trouble.
if (long) process.env.PARLEY_LONG = "1";
if (given.includes("--fresh")) process.env.PARLEY_FRESH_SEEDS = "1";

/** What is not done within this time has failed: a run that nobody waits for is of no use. Installing packages counts, too. */
const BUDGET_MS = long ? Number.POSITIVE_INFINITY : 24 * 60_000;
/** Tests that may make more rounds may take longer. */
const PATIENCE = long ? 20 : 1;
/** Where nobody looks, nothing may be skipped. */
const SKIPS_FAIL = Boolean(process.env.CI);

/**
 * So many files may fail, and pass when they are run once more: where nobody looks, what a strange machine delays once must not
 * hide all the rest. What failed is told in full, and more than these is no accident. At a desk nothing is run twice.
 */
const SECOND_RUNS_MAX = process.env.CI ? 3 : 0;

const say = (text) => process.stdout.write(`${text}\n`);
const counts = { passed: 0, failed: 0, skipped: 0 };
const failures = [];
const passedTheSecondTime = [];
let secondRuns = 0;

function count(place, { title, outcome, why }) {
  const counted = outcome === "skipped" && SKIPS_FAIL ? "failed" : outcome;
  counts[counted] += 1;
  if (counted === "failed") failures.push(failure(place, title, outcome === "skipped" ? `Skipped: ${why}` : why));
  if (outcome === "skipped") say(`     skipped: ${title} (${why})`);
  if (counted === "failed") say(`     FAILED: ${title}`);
}

const indent = (text) => text.replace(/^/gm, "    ");
const failure = (place, title, why) => `${place} > ${title}\n${indent(why)}`;
const toldBy = (file, printed) => (printed === "" ? [] : [`${file} printed\n${indent(printed.trimEnd())}`]);
const seconds = (since) => `${((performance.now() - since) / 1000).toFixed(1)} s`;

async function check(name, run) {
  const began = performance.now();
  const why = await run();
  say(`${why === undefined ? "ok  " : "FAIL"} ${name}, ${seconds(began)}`);
  count("check", { title: name, outcome: why === undefined ? "passed" : "failed", why });
}

async function runFile(file, timeoutMs) {
  const began = performance.now();
  if (began > BUDGET_MS)
    return count(file, { title: "(whole file)", outcome: "failed", why: "Not run: the time is over." });
  if (!existsSync(compiled(file))) {
    return count(file, {
      title: "(whole file)",
      outcome: "failed",
      why: `Not compiled: there is no ${compiled(file)}.`,
    });
  }
  const run = () =>
    runTestFile(compiled(file), { timeoutMs: Math.min(timeoutMs * PATIENCE, BUDGET_MS - performance.now()) });
  let { results, printed, lingered } = await run();
  const failed = () => results.some(({ outcome }) => outcome === "failed");
  if (lingered !== undefined) {
    // Node 20 itself forgets a handle now and then as it ends; what a test left behind it leaves behind again.
    say(`     ${file}: passed, but did not end (${lingered}); once more`);
    ({ results, printed } = await run());
  } else if (failed() && secondRuns < SECOND_RUNS_MAX && 2 * performance.now() - began < BUDGET_MS) {
    secondRuns += 1;
    const first = results.filter(({ outcome }) => outcome === "failed");
    say(`     ${file}: ${first.length} failed; once more`);
    const told = [...first.map(({ title, why }) => failure(file, title, why)), ...toldBy(file, printed)];
    ({ results, printed } = await run());
    if (!failed()) passedTheSecondTime.push(...told);
  }
  say(`${failed() ? "FAIL" : "ok  "} ${file}: ${results.length} tests, ${seconds(began)}`);
  for (const result of results) count(file, result);
  if (failed()) failures.push(...toldBy(file, printed));
}

async function runGroup({ name, packages, files, atOnce, timeoutMs }) {
  say(`\n${name}`);
  for (const missing of await provide(packages, say)) {
    const why = `${missing} is not installed and this user may not install it.`;
    count("needs", { title: missing, outcome: "failed", why });
  }
  const waiting = [...files];
  const lane = async () => {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) await runFile(file, timeoutMs);
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
}

async function main(filters) {
  await install(say);
  // The tests inherit it: a failure then names the line of the TypeScript source.
  process.env.NODE_OPTIONS = `${process.env.NODE_OPTIONS ?? ""} --enable-source-maps`.trim();
  const wants = (name) => filters.length === 0 || filters.includes(name);
  const groups = selectTests(filters, { long });

  say("checks");
  await check("types", checkTypes);
  if (wants("lint")) await check("lint", checkLint);
  if (groups.some(({ name }) => name !== "unit")) await check("build", checkBuild);
  for (const group of groups) await runGroup(group);
  if (groups.length === 0 && !wants("lint") && !wants("types")) {
    count("filter", { title: filters.join(" "), outcome: "failed", why: "No test file has this in its path." });
  }
}

// The long run has files that are larger than some machines' memory.
const folder = long ? undefined : testFolder();
if (folder !== undefined) process.env.TMPDIR = folder.path;
try {
  await main(given.filter((text) => !text.startsWith("--")));
} catch (error) {
  count("npm test", { title: "set-up", outcome: "failed", why: error.stack });
} finally {
  folder?.remove();
}
if (passedTheSecondTime.length > 0)
  say(`\nFailed, and passed when run once more\n\n${passedTheSecondTime.join("\n\n")}`);
if (failures.length > 0) say(`\nFailures\n\n${failures.join("\n\n")}`);
say(`\n${counts.passed} passed, ${counts.failed} failed${counts.skipped > 0 ? `, ${counts.skipped} skipped` : ""}`);
process.exitCode = counts.failed === 0 ? 0 : 1;
