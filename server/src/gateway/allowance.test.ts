import assert from "node:assert/strict";
import { test } from "node:test";
import { Allowance } from "./allowance.ts";
import { DEFAULT_LIMITS } from "./limits.ts";

test("a burst is granted, then requests are refused with the wait, then the connection is done with", () => {
  const { requestBurst, requestDebt, requestsPerSecond } = DEFAULT_LIMITS;
  const allowance = new Allowance(DEFAULT_LIMITS, 0);
  const verdicts = Array.from({ length: requestBurst + requestDebt + 1 }, () => allowance.spend(100, 0));
  assert.equal(verdicts.filter((verdict) => verdict === "granted").length, requestBurst);
  assert.equal(verdicts.filter((verdict) => verdict === "refused").length, requestDebt);
  assert.equal(verdicts.at(-1), "exhausted");
  const waitSeconds = allowance.waitMs / 1_000;
  assert.equal(waitSeconds, Math.ceil((requestDebt + 2) / requestsPerSecond));
  assert.equal(allowance.spend(100, waitSeconds), "granted");
});

test("a long request costs several", () => {
  const allowance = new Allowance(DEFAULT_LIMITS, 0);
  let granted = 0;
  while (allowance.spend(1024 * 1024, 0) === "granted") granted += 1;
  assert.equal(granted, Math.floor(DEFAULT_LIMITS.requestBurst / 65));
});
