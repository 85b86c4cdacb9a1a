import assert from "node:assert/strict";
import { test } from "node:test";
import { VirtualTime } from "../../../tests/_util/virtual-time.ts";
import { MinimumRate } from "./minimum-rate.ts";

function pass(time: VirtualTime, ms: number): Promise<void> {
  return time.run(time.monotonic() + ms);
}

function rig(pieceBytes = 0) {
  const clock = new VirtualTime();
  const seen = { given: 0 };
  return { clock, seen, rate: new MinimumRate(clock, pieceBytes, () => seen.given++) };
}

test("[FILE-8] a byte every 29 seconds does not keep a place", async () => {
  const { clock, seen, rate } = rig();
  rate.wait();
  for (let n = 0; n < 2; n++) {
    await pass(clock, 29_000);
    rate.got(1);
  }
  assert.equal(seen.given, 0);
  await pass(clock, 2_000);
  assert.equal(seen.given, 1);
});

test("[FILE-8] silence ends a transfer after half a minute, however fast it was", async () => {
  const { clock, seen, rate } = rig();
  rate.wait();
  for (let n = 0; n < 100; n++) {
    rate.got(1_000_000);
    await pass(clock, 10);
  }
  await pass(clock, 29_000);
  assert.equal(seen.given, 0);
  await pass(clock, 1_000);
  assert.equal(seen.given, 1);
});

test("[FILE-8] a slow line keeps its place, and what this server makes it wait does not count", async () => {
  const { clock, seen, rate } = rig();
  for (let n = 0; n < 200; n++) {
    rate.wait();
    await pass(clock, 10_000);
    rate.got(13_000);
    rate.rest();
    await pass(clock, 600_000);
  }
  assert.equal(seen.given, 0);
});

test("[FILE-8] slowness adds up over many short waits", async () => {
  const { clock, seen, rate } = rig();
  for (let n = 0; n < 70 && seen.given === 0; n++) {
    rate.wait();
    await pass(clock, 1_000);
    rate.got(500);
    rate.rest();
  }
  assert.equal(seen.given, 1);
});

test("[FILE-8] who takes large pieces has the time of one", async () => {
  const { clock, seen, rate } = rig(256 * 1024);
  rate.wait();
  for (let n = 0; n < 10; n++) {
    await pass(clock, 20_000);
    rate.got(1);
  }
  assert.equal(seen.given, 0);
  await pass(clock, 57_000);
  assert.equal(seen.given, 1);
});
