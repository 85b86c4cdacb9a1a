import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { Arrivals } from "./arrivals.ts";
import { TestClock } from "./test-clock.ts";

describe("what arrives while somebody writes", () => {
  let writing: boolean;
  let painted: () => void;
  let clock: TestClock;
  let shown: (readonly number[])[];
  let arrivals: Arrivals<number>;

  beforeEach(() => {
    writing = true;
    clock = new TestClock();
    shown = [];
    const pace = {
      writing: () => writing,
      onPainted: (run: () => void) => {
        painted = run;
      },
    };
    arrivals = new Arrivals((told) => shown.push(told), pace, clock);
  });

  it("is shown together when the letter is painted, in its order and once", () => {
    for (const told of [1, 2, 3]) arrivals.tell(told, true);
    assert.deepEqual(shown, []);
    painted();
    painted();
    clock.pass(1_000);
    assert.deepEqual(shown, [[1, 2, 3]]);
  });

  it("waits a fifth of a second where no further letter comes", () => {
    arrivals.tell(1, true);
    clock.pass(150);
    arrivals.tell(2, true);
    assert.deepEqual(shown, []);
    clock.pass(50);
    assert.deepEqual(shown, [[1, 2]]);
    arrivals.tell(3, true);
    clock.pass(199);
    assert.deepEqual(shown, [[1, 2]]);
    clock.pass(1);
    assert.deepEqual(shown, [[1, 2], [3]]);
  });

  it("is shown at once where nobody writes, and with what does not wait", () => {
    arrivals.tell(1, true);
    arrivals.tell(2, false);
    assert.deepEqual(shown, [[1, 2]]);
    writing = false;
    arrivals.tell(3, true);
    assert.deepEqual(shown, [[1, 2], [3]]);
  });

  it("is shown five times a second where nobody writes, as long as very much comes", () => {
    writing = false;
    const tell = (count: number, everyMs: number) => {
      for (let at = 0; at < count; at += 1) {
        arrivals.tell(at, true);
        clock.pass(everyMs);
      }
    };
    tell(24, 0);
    assert.equal(shown.length, 24, "a few messages and what comes with each");
    tell(200, 10);
    assert.ok(shown.length < 24 + 20, `${shown.length - 24} times in two seconds`);
    arrivals.tell(0, false);
    assert.equal(shown.flat().length, 225, "what somebody asked for, and all before it");
    clock.pass(1_000);
    shown.length = 0;
    tell(10, 100);
    assert.equal(shown.length, 10);
  });

  it("is bounded", () => {
    for (let told = 0; told < 2_500; told += 1) arrivals.tell(told, true);
    assert.deepEqual(
      shown.map(({ length }) => length),
      [1_000, 1_000],
    );
  });
});
