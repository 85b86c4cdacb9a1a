import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { VirtualTime } from "../../tests/_util/virtual-time.ts";
import { type Timed, TimerWheel } from "./timer-wheel.ts";

class Alarm implements Timed {
  wheelSlot = -1;
  readonly rangAt: number[] = [];
  readonly #time: VirtualTime;
  readonly #again: number;

  constructor(time: VirtualTime, again = 0) {
    this.#time = time;
    this.#again = again;
  }

  onTimer(): number {
    this.rangAt.push(this.#time.monotonic());
    return this.#again;
  }
}

test("a deadline is never early and at most a second late", async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 120 }), fc.integer({ min: 0, max: 2_000 }), async (seconds, startMs) => {
      const time = new VirtualTime();
      await time.run(startMs);
      const wheel = new TimerWheel(time);
      const alarm = new Alarm(time);
      wheel.schedule(alarm, seconds);
      await time.run(startMs + (seconds + 2) * 1_000);
      wheel.stop();
      const after = (alarm.rangAt[0] ?? 0) - startMs;
      assert.equal(alarm.rangAt.length, 1);
      assert.ok(after >= seconds * 1_000 && after <= (seconds + 1) * 1_000, `${after} for ${seconds}`);
    }),
    { numRuns: 40 },
  );
});

test("a deadline can be replaced, cancelled and repeated", async () => {
  const time = new VirtualTime();
  const wheel = new TimerWheel(time);
  const moved = new Alarm(time);
  const cancelled = new Alarm(time);
  const repeated = new Alarm(time, 10);
  wheel.schedule(moved, 5);
  wheel.schedule(moved, 20);
  wheel.schedule(cancelled, 5);
  wheel.cancel(cancelled);
  wheel.schedule(repeated, 10);
  await time.run(45_000);
  wheel.stop();
  assert.deepEqual([moved.rangAt.length, cancelled.rangAt.length, repeated.rangAt.length], [1, 0, 4]);
});

test("after a stall everything that is due comes once", () => {
  let now = 0;
  let turn = () => {};
  const clock = {
    now: () => now,
    monotonic: () => now,
    after: (_delayMs: number, job: () => void) => {
      turn = job;
      return () => {};
    },
  };
  const wheel = new TimerWheel(clock);
  const time = new VirtualTime();
  const alarms = [1, 30, 100].map((seconds) => {
    const alarm = new Alarm(time);
    wheel.schedule(alarm, seconds);
    return alarm;
  });
  now = 3_600_000;
  turn();
  assert.deepEqual(
    alarms.map((alarm) => alarm.rangAt.length),
    [1, 1, 1],
  );
  assert.equal(wheel.second, 3_600);
});
