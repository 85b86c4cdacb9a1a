import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { DEFAULT_LIMITS } from "../src/gateway/limits.ts";
import { allLimits, fillIn, ROOT } from "./_util/limits-table.ts";

const doc = readFileSync(join(ROOT, "docs", "limits.md"), "utf8");

test("[NET-7] docs/limits.md has every limit, as it is", () => {
  assert.equal(fillIn(doc), doc, "run node server/dist/tests/_util/write-limits-table.js");
});

test("[NET-7] every limit is a number and has a reason", () => {
  const all = allLimits();
  // A pattern that finds none would agree with an empty table.
  assert.ok(all.length > 200, String(all.length));
  const wanting = all.filter(({ value, why }) => !Number.isFinite(value) || why.length < 10);
  assert.deepEqual(wanting, []);
});

test("what docs/limits.md says in words names limits that there are", () => {
  const [words = ""] = doc.split("## All of them");
  const named = [...words.matchAll(/`([a-z]+[A-Z][A-Za-z]+)`/g)].map(([, name = ""]) => name);
  const known = new Set([...Object.keys(DEFAULT_LIMITS), "retryAfterMs"]);
  assert.deepEqual(
    named.filter((name) => !known.has(name)),
    [],
  );
});
