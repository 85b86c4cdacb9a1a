import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { namedRuns } from "./mentions.ts";

const NAMES = new Set(["ben", "ann#12", "everyone"]);

describe("the names in a text", () => {
  const named = (text: string) => namedRuns(text, NAMES).flatMap((run) => (run.named ? [run.text] : []));

  it("[MSG-10] are those that the message mentions, however they are written", () => {
    assert.deepEqual(named("Hey @ben, and @Ben. (@ann#12) @everyone!"), ["@ben", "@Ben", "@ann#12", "@everyone"]);
    assert.deepEqual(named("@benny @cid mail@ben.example a@ben @"), []);
  });

  it("leave every character of the text in its place", () => {
    for (const text of ["", "@ben", "@ben@ben @ben", "x @ben\n@ben...", "@ben. @ben- @ben"]) {
      const runs = namedRuns(text, NAMES);
      assert.equal(runs.map((run) => run.text).join(""), text);
    }
  });
});
