import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turnEnded } from "node:timers/promises";
import { Tidying } from "./tidying.ts";

const MIB = 1024 ** 2;

/** A heap that grows as it is told to, and keeps a MiB of what is collected. */
function heap() {
  const state = { used: 20 * MIB, looks: 0 };
  const collect = () => {
    state.looks += 1;
    state.used -= MIB;
  };
  return { state, tidying: new Tidying(collect, () => state.used) };
}

test("what jobs made is collected once none is under way, and their answers are out", async () => {
  const { state, tidying } = heap();
  let answerSlowly = (_answer: string) => {};
  const first = tidying.after(
    () =>
      new Promise<string>((resolve) => {
        answerSlowly = resolve;
      }),
  );
  state.used += 10 * MIB;
  assert.equal(await tidying.after(async () => "quick"), "quick");
  await turnEnded();
  assert.equal(state.looks, 0, "another one is under way");
  answerSlowly("slow");
  assert.equal(await first, "slow");
  assert.equal(state.looks, 0, "the answer comes first");
  await turnEnded();
  assert.equal(state.looks, 1);
});

test("a job that made little, or of whose making V8 has seen to by itself, costs no look", async () => {
  const { state, tidying } = heap();
  const after = async (made: number) => {
    await tidying.after(async () => {
      state.used += made;
    });
    await turnEnded();
  };
  await after(MIB);
  assert.equal(state.looks, 0);
  await after(-8 * MIB);
  await after(MIB);
  assert.equal(state.looks, 0);
  await after(MIB);
  assert.equal(state.looks, 1);
});

test("a job that fails ends, too", async () => {
  const { state, tidying } = heap();
  await assert.rejects(
    tidying.after(async () => {
      state.used += 4 * MIB;
      throw new Error("the store is away");
    }),
    /the store is away/,
  );
  await turnEnded();
  assert.equal(state.looks, 1);
});
