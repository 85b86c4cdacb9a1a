import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom, VirtualTime } from "../../tests/_util/virtual-time.ts";
import { Admission } from "./admission.ts";
import { DEFAULT_LIMITS, type GatewayLimits } from "./limits.ts";

const admission = (limits: Partial<GatewayLimits> = {}, time = new VirtualTime()) =>
  new Admission({ ...DEFAULT_LIMITS, ...limits }, time, seededRandom(1));

test("strangers are bounded by address and on the node; who signs in or goes makes room", () => {
  const gate = admission({ strangersPerAddress: 2, strangers: 3 });
  assert.deepEqual(
    ["a", "a", "a", "b", "b"].map((address) => gate.admitSocket(address)),
    [true, true, false, true, false],
  );
  gate.release("a");
  assert.ok(gate.admitSocket("a"));
  assert.ok(!gate.admitSocket("c"));
});

test("an office of 450 behind one address has its handshakes at once, a flood waits", async () => {
  const time = new VirtualTime();
  const gate = admission({}, time);
  for (let i = 0; i < 450; i += 1) assert.equal(gate.admitHandshake("office"), 0);
  const refused = Array.from({ length: 2_000 }, () => gate.admitHandshake("office")).filter((wait) => wait > 0);
  assert.equal(refused.length, 2_000 - 550);
  assert.ok(refused.every((wait) => wait <= 1_005));
  // As told: nobody is refused for ever.
  await time.run(1_100);
  assert.equal(gate.admitHandshake("office"), 0);
});

test("a session resumes at its own rate, whatever its address", () => {
  const gate = admission();
  const admitted = Array.from({ length: 100 }, () => gate.admitResumption("s")).filter(Boolean).length;
  assert.equal(admitted, DEFAULT_LIMITS.resumptionBurst);
  assert.ok(gate.admitResumption("t"));
});
