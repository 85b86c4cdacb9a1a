import assert from "node:assert/strict";
import { test } from "node:test";
import { MemoryStore } from "../../../tests/_util/memory-kv.ts";
import { PROMPT } from "../../../tests/_util/memory-link.ts";
import { SimulatedProcess, VirtualTime } from "../../../tests/_util/virtual-time.ts";
import { Revocations } from "./revocations.ts";

const UNHEARD = { revoked: () => {}, blind: () => {}, sighted: () => {} };

/** What an answer takes. The node reads the lists of two days, one after the other, a second after it has read them. */
const BACK_MS = 400;

/** A node that reads the list over a slow line, and another one that is well. */
async function twoNodes() {
  const time = new VirtualTime();
  const memory = new MemoryStore(time);
  const process = new SimulatedProcess(time);
  const store = memory.connect({ clock: process, fate: () => ({ ...PROMPT, backMs: BACK_MS }), timeoutMs: 60_000 });
  const heard: string[] = [];
  const revocations = new Revocations(store, process, {
    revoked: (sessionIds) => heard.push(...sessionIds),
    blind: () => heard.push("blind"),
    sighted: () => heard.push("sighted"),
  });
  const starting = revocations.start();
  await time.run(2 * BACK_MS);
  await starting;
  return { time, process, heard, other: new Revocations(memory.connect(), time, UNHEARD) };
}

test("[S8] a node that was paused while the list was on its way sees by no answer from before the pause", async () => {
  const { time, process, heard, other } = await twoNodes();
  // The answer that comes last of its first look is on its way.
  await time.run(1_000 + 3 * BACK_MS + BACK_MS / 2);
  process.stall(12_000);
  await time.run(5_000);
  await other.add(["session"], "revoked");
  await time.run(process.stalledUntil + 3 * BACK_MS);
  assert.deepEqual(heard, ["blind", "session", "sighted"]);
});
