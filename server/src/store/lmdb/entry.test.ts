import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { afterScore, fieldKey, fieldOf, memberOfScoreKey, numberBytes, scoreKey } from "./entry.ts";

const score = fc.double({ noNaN: true });
const number = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER - 1 });
const name = fc.string({ unit: "binary", maxLength: 20 });

describe("entry keys", () => {
  test("order as scores do, and equal scores by the bytes of the member", () => {
    fc.assert(
      fc.property(number, score, name, score, name, (n, a, x, b, y) => {
        const byBytes = Math.sign(Buffer.compare(scoreKey(n, a, x), scoreKey(n, b, y)));
        const byMeaning = a < b ? -1 : a > b ? 1 : Math.sign(Buffer.compare(Buffer.from(x), Buffer.from(y)));
        assert.equal(byBytes, byMeaning);
      }),
    );
  });

  test("of one score lie between their bounds, and those of other scores do not", () => {
    fc.assert(
      fc.property(number, score, score, name, (n, bound, other, member) => {
        const inside = Buffer.compare(scoreKey(n, other, member), afterScore(n, bound)) < 0;
        assert.equal(inside, other <= bound);
      }),
    );
  });

  test("hold their names, within the bounds of their collection", () => {
    fc.assert(
      fc.property(number, name, (n, field) => {
        const key = fieldKey(n, field);
        assert.equal(fieldOf(key), field);
        assert.equal(memberOfScoreKey(scoreKey(n, 1, field)), field);
        assert.ok(Buffer.compare(key, numberBytes(n)) >= 0);
        assert.ok(Buffer.compare(key, numberBytes(n + 1)) < 0);
      }),
    );
  });
});
