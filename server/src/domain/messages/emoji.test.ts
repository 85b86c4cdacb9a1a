import assert from "node:assert/strict";
import { test } from "node:test";
import { isEmoji } from "./emoji.ts";

test("[MSG-9] one emoji is one emoji, however many code points it takes", () => {
  for (const emoji of [
    "👍",
    "👍🏽",
    "❤️",
    "❤️‍🔥",
    "☺️",
    "1️⃣",
    "#️⃣",
    "🇩🇪",
    "🏴󠁧󠁢󠁳󠁣󠁴󠁿",
    "👨‍👩‍👧‍👦",
    "🧑🏿‍🤝‍🧑🏻",
    "🏳️‍🌈",
    "🫩",
    "©️",
  ]) {
    assert.equal(isEmoji(emoji), true, emoji);
  }
});

test("[MSG-9] texts, several emoji and parts of one are no emoji", () => {
  const odd = [
    "",
    "a",
    "abc",
    "1",
    "#",
    "©",
    "❤",
    "👍👍",
    "👍a",
    "🇩",
    "🏽",
    "\u200d",
    "\ufe0f",
    "👍\u200d",
    "<b>",
    " 👍",
    "👍\n",
  ];
  for (const text of odd) assert.equal(isEmoji(text), false, JSON.stringify(text));
});
