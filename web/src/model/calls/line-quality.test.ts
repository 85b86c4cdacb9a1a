import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { PictureRule, qualityOf } from "./line-quality.ts";

describe("[CALL-3] quality of a line", () => {
  it("is told by what is lost and by how long a word takes", () => {
    assert.equal(qualityOf({ lostFraction: null, roundTripMs: null }), "good");
    assert.equal(qualityOf({ lostFraction: 0.05, roundTripMs: 20 }), "weak");
    assert.equal(qualityOf({ lostFraction: 0, roundTripMs: 2_000 }), "bad");
  });

  it("gives pictures up after some bad looks, brings them back after good ones, and each time later", () => {
    const rule = new PictureRule();
    const looks = (quality: "good" | "weak" | "bad", count: number) => {
      for (let n = 0; n < count; n++) rule.look(quality);
      return rule.withoutPictures;
    };
    assert.equal(looks("bad", 2), false);
    assert.equal(looks("weak", 1), false, "one that is better begins anew");
    assert.equal(looks("bad", 3), true);
    assert.equal(looks("good", 4), true);
    assert.equal(looks("good", 1), false);
    assert.equal(looks("bad", 3), true);
    assert.equal(looks("good", 9), true);
    assert.equal(looks("good", 1), false);
  });
});
