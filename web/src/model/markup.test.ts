import assert from "node:assert/strict";
import { test } from "node:test";
import { type Block, type Inline, previewOf, toBlocks, toInlines } from "./markup.ts";

/** As HTML would say it, to be read here alone. */
const inlines = (inside: readonly Inline[]): string =>
  inside
    .map((one) => {
      if (one.kind === "plain") return one.text;
      if (one.kind === "code") return `<code>${one.text}</code>`;
      if (one.kind === "link") return `<a ${one.href}>${one.text}</a>`;
      return `<${one.kind}>${inlines(one.inside)}</${one.kind}>`;
    })
    .join("");
const blocks = (all: readonly Block[]): string =>
  all
    .map((block) => {
      if (block.kind === "paragraph") return `<p>${inlines(block.inside)}</p>`;
      if (block.kind === "code") return `<pre>${block.text}</pre>`;
      if (block.kind === "quote") return `<quote>${blocks(block.blocks)}</quote>`;
      return `<list ${block.start}>${block.items.map(inlines).join("|")}</list>`;
    })
    .join("");

test("[MSG-7] emphasis, strong, strike, code and links are read within a line", () => {
  const cases = [
    ["a *b* **c** ~~d~~ _e_", "a <emphasis>b</emphasis> <strong>c</strong> <strike>d</strike> <emphasis>e</emphasis>"],
    ["**a *b* c**", "<strong>a <emphasis>b</emphasis> c</strong>"],
    ["`*a*` b", "<code>*a*</code> b"],
    ["snake_case_name 2*3*4 * a *", "snake_case_name 2*3*4 * a *"],
    ["[words](https://a.example/x)", "<a https://a.example/x>words</a>"],
    ["[mail](mailto:a@b.example)", "<a mailto:a@b.example>mail</a>"],
    ["see https://a.example/b_c_d now", "see <a https://a.example/b_c_d>https://a.example/b_c_d</a> now"],
    ["**open", "**open"],
  ] as const;
  for (const [text, expected] of cases) assert.equal(inlines(toInlines(text)), expected, text);
});

test("[MSG-7] addresses that could do something are text", () => {
  for (const text of [
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert)",
    "[x](data:text/html,x)",
    "[x](vbscript:x)",
    "[x](https://bank.example@evil.example/)",
    "javascript:alert(1)",
    "<script>alert(1)</script>",
  ]) {
    assert.equal(inlines(toInlines(text)), text);
  }
});

test("[MSG-7] code blocks, quotes and lists are blocks, and everything else is text", () => {
  const text = "Look:\n```\n*as it is*\n```\n> said\n> > before\n- one\n- *two*\n\n3. three\n4. four\nend";
  assert.equal(
    blocks(toBlocks(text)),
    "<p>Look:</p><pre>*as it is*</pre><quote><p>said</p><quote><p>before</p></quote></quote>" +
      "<list null>one|<emphasis>two</emphasis></list><list 3>three|four</list><p>end</p>",
  );
  assert.equal(blocks(toBlocks("```\nnever closed")), "<p>```\nnever closed</p>");
  assert.equal(blocks(toBlocks("a\n\nb")), "<p>a\n\nb</p>");
});

test("[MSG-7] what is nested a thousand deep or never ends is read at once, and no deeper than a few levels", () => {
  const depth = (all: readonly Block[]): number =>
    Math.max(0, ...all.map((block) => (block.kind === "quote" ? 1 + depth(block.blocks) : 0)));
  const startedAt = performance.now();
  assert.ok(depth(toBlocks("> ".repeat(8_000))) <= 4);
  for (const piece of [
    "*a ",
    "**a",
    "_a *b ~~c **d ",
    "`a",
    "[",
    "[a](",
    "> *a\n",
    "~~a~~ ",
    "```\n",
    "- **a\n",
    "*a* ",
  ]) {
    const text = piece.repeat(Math.ceil(16_384 / piece.length));
    toBlocks(text);
    toInlines(text);
  }
  assert.ok(performance.now() - startedAt < 2_000);
});

test("a preview is the words of a text in one line", () => {
  assert.equal(previewOf("> *said*\n- **one** `x`\n\nend [here](https://a.example)"), "said one x end here");
});
