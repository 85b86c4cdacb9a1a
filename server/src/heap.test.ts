import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { NURSERY_MB, threadHeapMb } from "./heap.ts";

const ROOT = new URL("../../../", import.meta.url);

// Neither can ask the program, which is loaded only later.
test("whoever starts Node gives it the nursery", () => {
  for (const [path, command] of [
    ["package.json", `"start": "exec node --max-semi-space-size=${NURSERY_MB} `],
    ["scripts/steps/production-tree.mjs", `\ncollector=--max-semi-space-size=${NURSERY_MB}\n`],
  ] as const) {
    assert(readFileSync(fileURLToPath(new URL(path, ROOT)), "utf8").includes(command), path);
  }
});

/** Makes a million objects, of which a tenth is alive, and tells how often all of them were marked. */
const THREAD = `
import { parentPort } from "node:worker_threads";
import { PerformanceObserver, constants } from "node:perf_hooks";
let marked = 0;
new PerformanceObserver((list) => {
  for (const { detail } of list.getEntries()) if (detail.kind === constants.NODE_PERFORMANCE_GC_MAJOR) marked += 1;
}).observe({ entryTypes: ["gc"] });
const kept = [];
let made = 0;
function go() {
  for (let n = 0; n < 2000; n += 1, made += 1) kept[made % 100_000] = { text: "x" + made, list: [made] };
  if (made < 1_000_000) setImmediate(go);
  else setTimeout(() => parentPort.postMessage(marked), 50);
}
go();
`;

test("a thread is not marked all the time for having a nursery as large as that of the program", async () => {
  const program = `
import { Worker } from "node:worker_threads";
const worker = new Worker(new URL(${JSON.stringify(`data:text/javascript,${encodeURIComponent(THREAD)}`)}), {
  resourceLimits: { maxOldGenerationSizeMb: ${threadHeapMb(32)} },
});
worker.once("message", (marked) => console.log(marked));
`;
  const args = [`--max-semi-space-size=${NURSERY_MB}`, "--input-type=module", "--eval", program];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  assert(Number(stdout) < 10, `marked ${stdout} times`);
});
