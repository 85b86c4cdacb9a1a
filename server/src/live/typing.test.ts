import assert from "node:assert/strict";
import { test } from "node:test";
import { MovingClock } from "../../tests/_util/moving-clock.ts";
import { Typing } from "./typing.ts";

test("[MSG-13] who flaps between typing and not is told of a few times, and again when they have calmed down", () => {
  const clock = new MovingClock();
  const told: boolean[] = [];
  const typing = new Typing(clock, (_chatId, _userId, is) => told.push(is));
  for (let i = 0; i < 100; i += 1) {
    typing.start("ann", "chat");
    typing.stop("ann", "chat");
  }
  assert.ok(told.length <= 20, `${told.length}`);
  assert.equal(told.at(-1), false, "nobody is left typing");
  const before = told.length;
  clock.forward(3_000);
  typing.start("ann", "chat");
  assert.deepEqual(told.slice(before), [true]);
  clock.forward(6_001);
  assert.equal(told.at(-1), false);
  typing.dispose();
});
