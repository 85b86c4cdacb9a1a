import assert from "node:assert/strict";
import { test } from "node:test";
import { MemoryStore } from "../../../tests/_util/memory-kv.ts";
import { VirtualTime } from "../../../tests/_util/virtual-time.ts";
import type { BusMessage } from "../../bus/bus.ts";
import { highestMarkers, markerField } from "../../records/markers.ts";
import { writeJoined } from "../../records/membership.ts";
import { chatLog, userRead } from "../../store/keys.ts";
import { Inbox } from "../inbox/inbox.ts";
import { Markers } from "./markers.ts";

const [CHAT, USER] = ["c".repeat(26), "u".repeat(26)];
const LATE_MS = 1_000;

/** A node whose writes of read markers come late to the store. */
async function lateNode() {
  const time = new VirtualTime();
  const memory = new MemoryStore(time);
  const well = memory.connect();
  await writeJoined(well, CHAT, { userId: USER, role: "member", joinedSeq: 1 }, null);
  for (let seq = 1; seq <= 3; seq++) await well.listPush(chatLog(CHAT), "{}");
  const late = new Set([userRead(USER)]);
  const fate = (name: string, key: string) => ({
    thereMs: name === "hashSet" && late.has(key) ? LATE_MS : 1,
    backMs: 1,
  });
  const store = memory.connect({ clock: time, fate });
  const told: BusMessage[] = [];
  const announce = (message: BusMessage) => void told.push(message);
  const inbox = new Inbox(store, time, announce);
  const markers = new Markers({
    store,
    clock: time,
    nodeId: "node",
    inbox,
    announce,
    isForgotten: (id) => id === "gone",
  });
  const notices = () => told.flatMap((message) => (message.kind === "notice" ? [JSON.parse(message.text).seq] : []));
  const stored = async () => Number((await well.hashGet(userRead(USER), markerField(CHAT, "node"))) ?? 0);
  return { time, memory, well, markers, notices, stored };
}

test("[S6] a marker that is marked again while it is being written is told to nobody before it is stored", async () => {
  const { time, markers, notices, stored } = await lateNode();
  const answered: number[] = [];
  const mark = (seq: number) => void markers.read(USER, { chatId: CHAT, seq }).then(() => answered.push(seq));
  mark(3);
  await time.run(100);
  mark(3);
  mark(2);
  await time.run(LATE_MS - 1);
  assert.deepEqual({ answered, told: notices(), stored: await stored() }, { answered: [], told: [], stored: 0 });
  await time.run();
  assert.deepEqual({ answered: answered.sort(), stored: await stored() }, { answered: [2, 3, 3], stored: 3 });
  assert.deepEqual(new Set(notices()), new Set([3]));
});

test("[S6] when it could not be written, whoever marked it again hears so, too", async () => {
  const { time, memory, markers, notices } = await lateNode();
  const mark = () => assert.rejects(markers.read(USER, { chatId: CHAT, seq: 3 }), /connection/);
  const first = mark();
  await time.run(100);
  const again = mark();
  await time.run(200);
  memory.breakReplication()("memory-2", () => 5);
  await time.run();
  await Promise.all([first, again]);
  assert.deepEqual(notices(), []);
});

test("[S6] who marks again what only a node that is gone has stored does not lose it with that node's field", async () => {
  const { time, well, markers, notices } = await lateNode();
  await well.hashSet(userRead(USER), markerField(CHAT, "gone"), "3");
  void markers.read(USER, { chatId: CHAT, seq: 3 });
  await time.run();
  const fields = await well.hashGetAll(userRead(USER));
  assert.deepEqual(Object.keys(fields), [markerField(CHAT, "node")]);
  assert.equal(highestMarkers(fields).get(CHAT), 3);
  assert.deepEqual(notices(), [3]);
});
