import assert from "node:assert/strict";
import { test } from "node:test";
import { type EmojiEntry, Emojis } from "./emojis.ts";

const entry = (emoji: string, ...shortcodes: string[]): EmojiEntry => {
  return { emoji, label: emoji, tags: [], group: 0, shortcodes, tones: [] };
};
const LIST = [
  entry("😀", "grinning"),
  entry("🎉", "tada"),
  entry("🙈", "see_no_evil"),
  entry("🌊", "ocean", "sea", "wave_sea"),
];

test("emoji are fetched once, and found by what their shortcodes begin with first", async () => {
  let fetched = 0;
  const emojis = new Emojis(async () => {
    fetched += 1;
    return LIST;
  });
  assert.deepEqual(emojis.offered("t"), []);
  await Promise.all([emojis.load(), emojis.load()]);
  await emojis.load();
  assert.equal(fetched, 1);
  assert.deepEqual(
    emojis.offered("se").map(({ code, emoji }) => [code, emoji]),
    [
      ["sea", "🌊"],
      ["see_no_evil", "🙈"],
    ],
  );
  assert.equal(emojis.offered("no_e")[0]?.emoji, "🙈");
  assert.equal(emojis.exactly("tada"), "🎉");
  assert.equal(emojis.exactly("tad"), undefined);
});

test("what could not be fetched is fetched again when it is needed again", async () => {
  const answers = [() => Promise.reject(new Error("offline")), () => Promise.resolve(LIST)];
  const emojis = new Emojis(() => (answers.shift() ?? (() => Promise.resolve([])))());
  await emojis.load();
  assert.deepEqual([emojis.failed, emojis.list], [true, null]);
  await emojis.load();
  assert.deepEqual([emojis.failed, emojis.list?.length], [false, 4]);
});
