import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { fillIn, specTables } from "./spec-tables.ts";

const PACKAGE = fileURLToPath(new URL("../../", import.meta.url));
const spec = readFileSync(join(PACKAGE, "SPEC.md"), "utf8");

test("SPEC.md has the tables of methods, events, shapes, errors and close codes as they are", () => {
  for (const name of Object.keys(specTables)) assert.ok(spec.includes(`<!-- ${name} -->`), `a place for ${name}`);
  assert.equal(fillIn(spec), spec, "run node protocol/dist/tests/write-spec-tables.js");
});

test("SPEC.md has every rule that a test names, once", () => {
  const rules = [...spec.matchAll(/^\*\*([A-Z]\d+)\.\*\*/gm)].map(([, rule]) => rule as string);
  assert.equal(new Set(rules).size, rules.length);
  for (const folder of ["tests", "src"]) {
    for (const file of readdirSync(join(PACKAGE, folder), { recursive: true, encoding: "utf8" })) {
      if (!file.endsWith(".test.ts")) continue;
      const source = readFileSync(join(PACKAGE, folder, file), "utf8");
      // Ids of the catalogue (`[MSG-2]`) have a dash and are not ours.
      for (const [, rule] of source.matchAll(/\[([A-Z]\d+)\]/g)) {
        assert.ok(rules.includes(rule as string), `${file} names ${rule}`);
      }
    }
  }
});
