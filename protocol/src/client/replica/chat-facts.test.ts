import assert from "node:assert/strict";
import { test } from "node:test";
import { type Chat, DEFAULT_CHAT_SETTINGS } from "../../schema/chat.ts";
import type { Message, SystemBody } from "../../schema/message.ts";
import { ChatFacts } from "./chat-facts.ts";

const ME = "m".repeat(26);
const ANN = "a".repeat(26);
const CHAT: Chat = {
  chatId: "c".repeat(26),
  kind: "group",
  createdAt: 0,
  name: "Group",
  role: "member",
  memberCount: 3,
  joinedSeq: 4,
  fromSeq: 4,
  settings: DEFAULT_CHAT_SETTINGS,
};

function entry(seq: number, body: SystemBody, sender = ANN): Message {
  return { seq, sender, clientId: "0".repeat(36), sentAt: 0, kind: "system", body };
}

test("[CHAT-8] the log's own entries say what a chat is called, how it is set and what one may do there", () => {
  const facts = new ChatFacts(CHAT, [], 4);
  const tell = (seq: number, body: SystemBody, sender = ANN) => facts.told([entry(seq, body, sender)], ME);
  tell(5, { event: "changed", name: "Renamed", slowModeMs: 10_000, historyForNew: true, avatar: "f".repeat(64) });
  assert.deepEqual(
    [facts.chat.name, facts.chat.settings.slowModeMs, facts.chat.fromSeq, facts.chat.avatar],
    ["Renamed", 10_000, 0, "f".repeat(64)],
  );
  tell(6, { event: "changed", historyForNew: false, avatar: null });
  assert.deepEqual([facts.chat.fromSeq, facts.chat.avatar, facts.chat.name], [4, undefined, "Renamed"]);
  tell(7, { event: "role", userId: ME, role: "admin" });
  tell(8, { event: "role", userId: ANN, role: "member" });
  tell(9, { event: "muted", userId: ME, untilMs: 99 });
  assert.deepEqual([facts.chat.role, facts.chat.mutedUntil], ["admin", 99]);
  tell(10, { event: "transferred", userId: ME });
  assert.deepEqual([facts.chat.role, facts.chat.mutedUntil], ["owner", undefined]);
  tell(11, { event: "transferred", userId: ANN }, ME);
  tell(12, { event: "removed", userId: "b".repeat(26) });
  assert.deepEqual([facts.chat.role, facts.chat.memberCount], ["admin", 2]);
});

test("an entry that is part of the chat as it was pulled is not counted twice", () => {
  const facts = new ChatFacts(CHAT, [], 4);
  facts.told([entry(5, { event: "added", userId: ANN }), entry(6, { event: "added", userId: "b".repeat(26) })], ME);
  facts.pulled({ ...CHAT, memberCount: 4 }, [], 5, ME);
  assert.equal(facts.chat.memberCount, 5);
});
