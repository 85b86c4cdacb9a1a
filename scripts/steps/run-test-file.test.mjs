import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { runNode } from "./run-node.mjs";

const folder = mkdtempSync(join(tmpdir(), "parley runner "));
after(() => rmSync(folder, { recursive: true, force: true }));

/** The runner cannot run inside a test, so a process of its own does and prints what it returned. */
async function results(text) {
  const file = join(folder, "case.test.mjs");
  const main = join(folder, "main.mjs");
  writeFileSync(file, `import { before, describe, it, test } from "node:test";\n${text}`);
  const runner = new URL("./run-test-file.mjs", import.meta.url).href;
  writeFileSync(
    main,
    `import { runTestFile } from ${JSON.stringify(runner)};
     delete process.env.NODE_TEST_CONTEXT;
     process.stdout.write(JSON.stringify(await runTestFile(${JSON.stringify(file)}, { timeoutMs: 1500, leftOverMs: 500 })));`,
  );
  const { output } = await runNode(main, []);
  return JSON.parse(output);
}

const outcomes = (found) => found.results.map(({ title, outcome }) => `${title}: ${outcome}`);

test("passed, failed, skipped and to do are told apart; parents and suites do not count twice", async () => {
  const found = await results(`
    test("good", () => {});
    test("parent", async (t) => { await t.test("bad child", () => { throw new Error("because") }); });
    describe("suite", () => { it("inside", () => { console.log("said") }); });
    test("left out", { skip: "no camera" }, () => {});
    test("later", { todo: true }, () => { throw new Error("not yet") });
  `);
  assert.deepEqual(outcomes(found), [
    "good: passed",
    "bad child: failed",
    "inside: passed",
    "left out: skipped",
    "later: skipped",
  ]);
  assert.match(found.results[1].why, /because/);
  assert.match(found.results[3].why, /no camera/);
  assert.match(found.printed, /said/);
});

test("a broken hook fails what it was for", async () => {
  const found = await results(`
    describe("suite", () => { before(() => { throw new Error("no store") }); it("inside", () => {}); });
  `);
  assert.deepEqual(outcomes(found), ["inside: failed", "suite: failed"]);
  assert.match(found.results[1].why, /no store/);
});

test("a file that crashes while it is loaded has failed", async () => {
  const found = await results(`throw new Error("at load");`);
  assert.deepEqual(outcomes(found), ["(whole file): failed"]);
  assert.match(found.printed, /at load/);
});

test("an error after the last test fails the file", async () => {
  const found = await results(`test("good", () => {}); setTimeout(() => { throw new Error("too late") }, 20);`);
  assert.deepEqual(outcomes(found), ["good: passed", "(whole file): failed"]);
  assert.match(found.printed, /too late/);
});

test("a file that never ends is ended and has failed", async () => {
  const found = await results(
    `describe("outer", () => test("endless", () => new Promise(() => setInterval(() => {}, 1000))));`,
  );
  assert.deepEqual(outcomes(found), ["(whole file): failed"]);
  assert.match(found.results[0].why, /Not done after 1.5 s, in: outer > endless/);
});

test("a file that goes on when its tests are over is ended, and says that it was not one of them", async () => {
  const found = await results(`
    test("bad", () => { setInterval(() => {}, 1000); throw new Error("because") });
    test("good", () => {});
  `);
  assert.deepEqual(outcomes(found), ["bad: failed", "good: passed", "(whole file): failed"]);
  assert.match(found.results[2].why, /Its tests were over; 0.5 s later/);
  assert.equal(found.lingered, undefined, "it is not only its end that is wanting");
});

test("of a file that passed and does not end it is said what its process does", async () => {
  const waits = await results(`test("good", () => { setInterval(() => {}, 1000) });`);
  assert.deepEqual(outcomes(waits), ["good: passed", "(whole file): failed"]);
  assert.match(waits.lingered, /^\d+ waits after [\d.]+ s of CPU, in \w+$/);
  assert.equal((await results(`test("good", () => {});`)).lingered, undefined);
});

test("a file without a test has failed", async () => {
  const found = await results("");
  assert.deepEqual(outcomes(found), ["(whole file): failed"]);
  assert.match(found.results[0].why, /holds no test/);
});
