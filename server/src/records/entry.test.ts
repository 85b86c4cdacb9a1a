import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { VOID_ENTRY } from "../store/log-entry.ts";
import { type Entry, entryText, readHead, readHeadBytes, readSystem, saysTheSame } from "./entry.ts";

const sender = "abcdefghijklmnopqrstuvwxyz";
const clientId = "01890a5d-ac96-774b-bcce-b302099a8057";

test("the head of an entry is read without the rest, whatever the rest says", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.integer({ min: 0, max: 1e14 }), (text, sentAt) => {
      const entry: Entry = { sender, clientId, sentAt, kind: "text", body: { text } };
      const stored = entryText(entry);
      const head = { sender, clientId, sentAt, kind: "text" };
      assert.deepEqual(readHead(stored), head);
      assert.deepEqual(readHeadBytes(Buffer.from(stored)), head);
      assert.equal(readSystem(stored), null);
      assert.deepEqual(JSON.parse(stored), entry);
      assert.ok(saysTheSame(stored, entryText({ ...entry, sentAt: sentAt + 1 })));
      assert.ok(!saysTheSame(stored, entryText({ ...entry, body: { text: `${text}.` } })));
    }),
  );
});

test("a void has no head", () => {
  assert.equal(readHead(VOID_ENTRY), null);
  assert.equal(readHeadBytes(Buffer.from(VOID_ENTRY)), null);
});

test("a system entry says what it says", () => {
  const body = { event: "removed", userId: sender } as const;
  assert.deepEqual(readSystem(entryText({ sender, clientId, sentAt: 1, kind: "system", body })), body);
});
