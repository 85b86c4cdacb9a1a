import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { NURSERY_MB } from "./nursery.ts";

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
