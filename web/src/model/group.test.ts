import assert from "node:assert/strict";
import { test } from "node:test";
import { type Chat, type ChatSettings, DEFAULT_CHAT_SETTINGS } from "@parley/protocol";
import { Group } from "./group.ts";
import { LogTalk } from "./test-talk.ts";

function group(chat: Partial<Omit<Chat, "settings">>, settings: Partial<ChatSettings> = {}, lastOwnAt = 0): Group {
  const data: Chat = {
    chatId: "c".repeat(26),
    kind: "group",
    createdAt: 0,
    role: "member",
    memberCount: 3,
    joinedSeq: 1,
    fromSeq: 1,
    ...chat,
    settings: { ...DEFAULT_CHAT_SETTINGS, ...settings },
  };
  return new Group({ talk: new LogTalk(), data: () => data, lastOwnAt: () => lastOwnAt });
}

test("[CHAT-5] who may write now, and until when not", () => {
  assert.deepEqual(group({}).voice(100), { kind: "free" });
  assert.deepEqual(group({ mutedUntil: 200 }).voice(100), { kind: "muted", until: 200 });
  assert.deepEqual(group({ mutedUntil: 200 }).voice(200), { kind: "free" });
  assert.deepEqual(group({ role: "admin", mutedUntil: 200 }).voice(100), { kind: "muted", until: 200 });
  assert.deepEqual(group({}, { announcements: true }).voice(100), { kind: "admins" });
  assert.deepEqual(group({ role: "admin" }, { announcements: true }).voice(100), { kind: "free" });
  const slow = { slowModeMs: 50 };
  assert.deepEqual(group({}, slow, 80).voice(100), { kind: "slow", until: 130 });
  assert.deepEqual(group({}, slow, 80).voice(130), { kind: "free" });
  assert.deepEqual(group({ role: "owner" }, slow, 80).voice(100), { kind: "free" });
  assert.deepEqual(group({}, {}, 101).voice(100), { kind: "free" });
  assert.deepEqual(group({}, slow, 1_000_000).voice(100), { kind: "free" }, "a clock that is behind");
});

test("[CHAT-3] who stands above whom", () => {
  const roles = ["owner", "admin", "member"] as const;
  const above = roles.map((role) => roles.filter((other) => group({ role }).isAbove({ role: other })));
  assert.deepEqual(above, [["admin", "member"], ["member"], []]);
});
