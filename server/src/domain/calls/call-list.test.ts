import assert from "node:assert/strict";
import { test } from "node:test";
import type { CallFact } from "@parley/protocol";
import { MemoryStore } from "../../../tests/_util/memory-kv.ts";
import { VirtualTime } from "../../../tests/_util/virtual-time.ts";
import type { BusMessage } from "../../bus/bus.ts";
import { addCallFact } from "../../records/call-record.ts";
import { callKey } from "../../store/keys.ts";
import { messageOf } from "./call-changes.ts";
import { CallList } from "./call-list.ts";
import { KnownCalls } from "./known-calls.ts";

const CALL = "00000000-0000-7000-8000-000000000000";
const [ANN, BOB, CHAT] = ["a".repeat(26), "b".repeat(26), "c".repeat(26)];
const STARTED: CallFact = {
  ...{ kind: "started", chatId: CHAT, caller: ANN, deviceId: ANN, participantId: ANN, video: false, streams: [] },
  ...{ invited: [BOB], messageId: "00000000-0000-7000-8000-000000000001", at: 1 },
};
const LEFT: CallFact = { kind: "left", participantId: ANN, at: 2 };

/** A node, and what it tells who is connected to it. */
function nodeOf() {
  const store = new MemoryStore(new VirtualTime()).connect();
  const known = new KnownCalls(store);
  const told: string[] = [];
  const tellHere = (message: BusMessage) => {
    assert(message.kind === "call");
    assert(known.heard(message));
    told.push(JSON.parse(message.text).state);
  };
  const list = new CallList({ store, known, tellHere });
  return { store, known, told, tellHere, list, other: new KnownCalls(store) };
}

test("[CALL-1] a node that heard of a call, and nothing of its end, tells the end with its next look", async () => {
  const { store, told, tellHere, list, other } = nodeOf();
  await addCallFact(store, CALL, STARTED);
  const ringing = await other.fresh(CALL);
  tellHere(messageOf(ringing ?? assert.fail()));
  await addCallFact(store, CALL, LEFT);
  await list.catchUp(() => true);
  assert.deepEqual(told, ["ringing", "ended"]);
  await list.catchUp(() => true);
  assert.deepEqual(told, ["ringing", "ended"]);
});

test("[CALL-1] of a call whose end was heard nothing is read", async () => {
  const { store, known, tellHere, other } = nodeOf();
  await addCallFact(store, CALL, STARTED);
  tellHere(messageOf((await other.fresh(CALL)) ?? assert.fail()));
  assert.deepEqual([...known.unsettled()], [{ chatId: CHAT, callId: CALL }]);
  await addCallFact(store, CALL, LEFT);
  tellHere(messageOf((await other.fresh(CALL)) ?? assert.fail()));
  assert.deepEqual([...known.unsettled()], []);
});

test("[CALL-1] an earlier state of a call that comes late is not told: how the call stands is", async () => {
  const { store, known, told, tellHere, list, other } = nodeOf();
  await addCallFact(store, CALL, STARTED);
  const ringing = messageOf((await other.fresh(CALL)) ?? assert.fail());
  tellHere(ringing);
  await addCallFact(store, CALL, LEFT);
  tellHere(messageOf((await other.fresh(CALL)) ?? assert.fail()));
  assert.deepEqual(told, ["ringing", "ended"]);
  assert.equal(known.heard(ringing), false);
  await list.tellAnew(CALL);
  assert.deepEqual(told, ["ringing", "ended", "ended"]);
});

test("[CALL-1] what was told of a call that the store has lost is not told for ever", async () => {
  const { store, known, told, tellHere, list, other } = nodeOf();
  await addCallFact(store, CALL, STARTED);
  const ringing = messageOf((await other.fresh(CALL)) ?? assert.fail());
  await addCallFact(store, CALL, LEFT);
  tellHere(messageOf((await other.fresh(CALL)) ?? assert.fail()));
  await store.delete(callKey(CALL));
  await addCallFact(store, CALL, STARTED);
  assert.equal(known.heard(ringing), false);
  await list.tellAnew(CALL);
  assert.deepEqual(told, ["ended"]);
});
