import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeFrame } from "@parley/protocol";
import type { ServerSide } from "@parley/protocol/secure";
import { DEFAULT_LIMITS } from "./limits.ts";
import { Outbound } from "./outbound.ts";
import { Turn } from "./turn.ts";

const turnEnd = () => new Promise((resolve) => setImmediate(resolve));
const line = (text: string) => new TextEncoder().encode(text);
const event = (chatId: string | null, bytes: number) => ({ chatId, line: line("x".repeat(bytes)) });

/** A socket whose other side reads only when told to. */
function stuckSocket() {
  const wire = { unsentBytes: 0, blocked: false };
  const records: string[][] = [];
  const channel = {
    sendLines(lines: readonly Uint8Array[]) {
      records.push(lines.map((each) => new TextDecoder().decode(each)));
      for (const each of lines) wire.unsentBytes += each.length;
    },
  } as Partial<ServerSide> as ServerSide;
  const turn = new Turn();
  const outbound: Outbound = new Outbound(channel, wire, DEFAULT_LIMITS, turn, { flush: () => outbound.turnEnded() });
  return { wire, records, outbound };
}

test("what is ready in one turn goes into one record", async () => {
  const { records, outbound } = stuckSocket();
  outbound.event(event("a", 10));
  outbound.reply(line("reply"));
  outbound.event(event("b", 10));
  assert.deepEqual(records, []);
  await turnEnd();
  assert.deepEqual(records, [["xxxxxxxxxx", "reply", "xxxxxxxxxx"]]);
  outbound.flush();
  assert.equal(records.length, 1);
});

test("[S7] over 256 KiB unsent events are dropped, replies are not, and sync.behind names the chats once it drains", async () => {
  const { wire, records, outbound } = stuckSocket();
  for (let i = 0; i < 1_000; i += 1) outbound.event(event(`chat${i % 3}`, 1_000));
  outbound.reply(line("reply"));
  await turnEnd();
  assert.ok(wire.unsentBytes <= DEFAULT_LIMITS.unsentPushBytes + 5);
  assert.equal(records.flat().at(-1), "reply");
  // Not while the socket still holds what it was given.
  outbound.drained();
  await turnEnd();
  assert.equal(records.length, 1);
  wire.unsentBytes = 0;
  outbound.drained();
  outbound.event(event("chat9", 10));
  await turnEnd();
  const [behind = "", after] = records[1] ?? [];
  const frame = decodeFrame(behind);
  assert.ok(frame.type === "event" && frame.method === "sync.behind");
  assert.deepEqual([...(frame.params as { chatIds: string[] }).chatIds].sort(), ["chat0", "chat1", "chat2"]);
  assert.equal(after, "xxxxxxxxxx");
  outbound.drained();
  await turnEnd();
  assert.equal(records.length, 2);
});

test("[S7] too many chats, or an event of none, are told as any", async () => {
  for (const chats of [["one", null], Array.from({ length: DEFAULT_LIMITS.behindChats + 1 }, (_, i) => `chat${i}`)]) {
    const { wire, records, outbound } = stuckSocket();
    wire.unsentBytes = DEFAULT_LIMITS.unsentPushBytes;
    for (const chat of chats) outbound.event(event(chat, 10));
    wire.unsentBytes = 0;
    outbound.drained();
    await turnEnd();
    assert.match(records[0]?.[0] ?? "", /"chatIds":\[\]/);
  }
});

test("a blocked socket is given nothing until it drains; lines wait, and go out as one record", async () => {
  const { wire, records, outbound } = stuckSocket();
  wire.blocked = true;
  for (let i = 0; i < 5; i += 1) {
    outbound.event(event("a", 10));
    await turnEnd();
  }
  assert.deepEqual(records, []);
  wire.blocked = false;
  outbound.drained();
  await turnEnd();
  assert.deepEqual(records, [Array.from({ length: 5 }, () => "xxxxxxxxxx")]);
});
