import assert from "node:assert/strict";
import { test } from "node:test";
import { createConfig } from "../config.ts";
import { shareOf } from "./shares.ts";

test("what the machine may do is shared out to its workers, and to one of them all of it", () => {
  const config = createConfig({ workers: 4, registrationBurst: 10, registrationSeconds: 30, fileRate: 1_000 });
  const { registrationBurst, registrationSeconds, fileRate, ...rest } = shareOf(config, 4);
  assert.deepEqual([registrationBurst, registrationSeconds, fileRate], [3, 120, 250]);
  assert.deepEqual({ ...config, ...rest }, config);
  assert.deepEqual(shareOf(config, 1), config);
  assert.equal(shareOf(createConfig({ registrationSeconds: 86_400 }), 32).registrationSeconds, 86_400);
  assert.equal(shareOf(createConfig({}), 32).fileRate, 0);
});
