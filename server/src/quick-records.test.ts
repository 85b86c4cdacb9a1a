import assert from "node:assert/strict";
import { test } from "node:test";
import { REQUESTS } from "@parley/protocol";
import fc from "fast-check";
import { Compile } from "typebox/schema";
import { quickRecords } from "./quick-records.ts";

const IDS = ["a".repeat(26), "b".repeat(26), "2".repeat(26)];
const CLIENT_ID = "018f5b1e-8c5e-7b9d-8a3e-0123456789ab";

const key = fc.oneof(
  fc.constantFrom(...IDS),
  fc.constantFrom("__proto__", "toString", "", "A".repeat(26)),
  fc.string(),
);
const value = fc.oneof(
  fc.constantFrom<unknown>(0, 7, CLIENT_ID, CLIENT_ID.toUpperCase(), -1, 1.5, 2 ** 53, "", null, true, Number.NaN),
  fc.constantFrom<unknown>([], {}, { toString: 1 }),
);
const recordText = fc.array(fc.tuple(key, value), { maxLength: 6 }).map((entries) => {
  return `{${entries.map(([name, of]) => `${JSON.stringify(name)}:${JSON.stringify(of)}`).join(",")}}`;
});
const fieldText = fc.oneof(
  recordText,
  value.map((of) => JSON.stringify(of)),
);

test("a record that is checked quickly is right exactly when its schema says so", () => {
  const schema = REQUESTS["sync.pull"].params;
  const [slow, quick] = [Compile(schema), Compile(quickRecords(schema))];
  let right = 0;
  fc.assert(
    fc.property(fieldText, fieldText, (heads, tails) => {
      // From text, as all that comes from outside: only so can `__proto__` be a key.
      const params = JSON.parse(`{"heads":${heads},"tails":${tails}}`);
      assert.equal(quick.Check(params), slow.Check(params));
      right += Number(slow.Check(params));
    }),
    { numRuns: 3000 },
  );
  assert(right > 300, `${right} were right`);
});

test("a record that is checked quickly has no more members than its schema allows", () => {
  const schema = { type: "object", patternProperties: { "^x": { type: "integer" } }, maxProperties: 2 };
  const quick = Compile(quickRecords({ anyOf: [{ type: "null" }, schema] }));
  assert.equal(quick.Check(null), true);
  assert.equal(quick.Check({ x1: 1, y: "1" }), true);
  assert.equal(quick.Check({ x1: 1, x2: "2" }), false);
  // Members of another pattern count, too.
  assert.equal(quick.Check({ x1: 1, y: "1", z: "1" }), false);
});

test("what is no record keeps its schema", () => {
  for (const { params: schema } of Object.values(REQUESTS)) {
    if (JSON.stringify(schema).includes("patternProperties")) continue;
    assert.deepEqual(JSON.stringify(quickRecords(schema)), JSON.stringify(schema));
  }
  const closed = { type: "object", patternProperties: { "^x": {} }, additionalProperties: false };
  assert.deepEqual(quickRecords(closed), closed);
});
