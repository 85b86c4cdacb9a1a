import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { isFewEmoji, toRuns } from "./text-runs.ts";

const links = (text: string) => toRuns(text).flatMap((run) => (run.kind === "link" ? [run.href] : []));

describe("links in a text", () => {
  it("are found with what belongs to them, and without what closes the sentence", () => {
    assert.deepEqual(links("See https://example.org/a?b=1#c, please."), ["https://example.org/a?b=1#c"]);
    assert.deepEqual(links("(https://en.wikipedia.org/wiki/Go_(game))"), ["https://en.wikipedia.org/wiki/Go_(game)"]);
    assert.deepEqual(links("www.example.org!"), ["https://www.example.org/"]);
    assert.deepEqual(links("no link: example.org, ftp://example.org"), []);
  });

  it("lead to web pages only, and never hide where", () => {
    assert.deepEqual(links("javascript:alert(1) data:text/html,x https://bank.example@evil.example/ vbscript:x"), []);
    assert.deepEqual(links("http://user:pass@example.org/"), []);
  });

  it("the runs together are the text, whatever it is", () => {
    const part = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.constantFrom("https://a.example/", "www.b.example", "(", ")", ".", " "),
    );
    fc.assert(
      fc.property(fc.array(part), (parts) => {
        const text = parts.join("");
        assert.equal(
          toRuns(text)
            .map((run) => run.text)
            .join(""),
          text,
        );
        for (const href of links(text)) assert.match(href, /^https?:\/\//);
      }),
    );
  });

  it("punctuation without end belongs to the sentence", () => {
    assert.deepEqual(links(`https://x.example/${"),.".repeat(5_000)}`), ["https://x.example/"]);
    assert.equal(links("https://a.example ".repeat(1_000)).length, 100);
  });
});

describe("emoji", () => {
  it("one to three alone are few", () => {
    for (const text of ["🎉", "👍🏽", "👨‍👩‍👧‍👦", "🇫🇷 🇯🇵", "❤️"]) assert.equal(isFewEmoji(text), true, text);
    for (const text of ["", " ", "1", "ok 👍", "🎉🎉🎉🎉", "#"]) assert.equal(isFewEmoji(text), false, text);
  });
});
