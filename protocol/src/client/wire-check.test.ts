import assert from "node:assert/strict";
import { test } from "node:test";
import { checkEvent, checkResult } from "./wire-check.ts";

const CHAT = "a".repeat(26);

test("[F4] a notice of a kind that this version does not know is left out, not an error", () => {
  const page = { pos: "1", chats: [], epoch: "e", future: true };
  const known = { kind: "read", chatId: CHAT, seq: 3 };
  const pulled = checkResult("sync.pull", { ...page, notices: [{ kind: "of the future", seq: 1 }, known] });
  assert.deepEqual(pulled.notices, [known]);
  assert.throws(() => checkResult("sync.pull", { ...page, notices: [{ kind: "read", chatId: CHAT, seq: -1 }] }), {
    name: "ClientError",
  });
});

test("answers and events that break the table are recognised", () => {
  for (const result of [null, 7, "x", [], {}, { seq: 0, sentAt: 1, epoch: "e" }, { seq: 1.5, sentAt: 1, epoch: "e" }]) {
    assert.throws(() => checkResult("message.send", result), { reason: "invalidReply" });
  }
  assert.equal(checkEvent("typing.changed", { chatId: CHAT, userId: "short", typing: true }), null);
  assert.notEqual(checkEvent("typing.changed", { chatId: CHAT, userId: CHAT, typing: true, extra: 1 }), null);
});
