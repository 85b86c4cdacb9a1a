import assert from "node:assert/strict";
import { test } from "node:test";
import { shrink } from "./shrink.ts";

const HUNDRED = Array.from({ length: 100 }, (_, n) => n);

test("a story is shrunk to what it fails by", async () => {
  const guilty = [7, 42, 43, 99];
  const fails = async (events: readonly number[]) => guilty.every((event) => events.includes(event));
  const { events, tries } = await shrink(HUNDRED, fails, 1_000);
  assert.deepEqual(events, guilty);
  assert(tries < 200, `${tries} tries`);
});

test("what fails without anything is shrunk to nothing, and tries are bounded", async () => {
  assert.deepEqual((await shrink(HUNDRED, async () => true, 1_000)).events, []);
  assert.deepEqual(await shrink(HUNDRED, async () => false, 5), { events: HUNDRED, tries: 5 });
});
