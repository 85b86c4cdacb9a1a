import assert from "node:assert/strict";
import { test } from "node:test";
import { type Chat, DEFAULT_CHAT_SETTINGS } from "../../schema/chat.ts";
import type { Message } from "../../schema/message.ts";
import type { ChatState } from "../../schema/sync.ts";
import { Overlay } from "./overlay.ts";
import { Replica } from "./replica.ts";

const ME = "m".repeat(26);
const CHAT = "c".repeat(26);

function chatSince(joinedSeq: number): Chat {
  const of = { chatId: CHAT, kind: "group", createdAt: 0, name: "Group", role: "member", memberCount: 2 } as const;
  return { ...of, joinedSeq, fromSeq: joinedSeq, settings: DEFAULT_CHAT_SETTINGS };
}

function stateSince(joinedSeq: number, head: number, readSeq: number): ChatState {
  const seqs = Array.from({ length: head - joinedSeq + 1 }, (_, i) => joinedSeq + i);
  const messages = seqs.map((seq): Message => ({ seq, kind: "void" }));
  return { chat: chatSince(joinedSeq), head, readSeq, unread: 0, mentions: 0, messages };
}

function replicaOf() {
  const read: number[] = [];
  const replica = new Replica(ME, [], new Overlay(() => 0), {
    revised: () => {},
    messages: () => {},
    changed: ({ view }) => read.push(view.readSeq),
    removed: () => {},
    recount: () => {},
    stale: () => {},
    expires: () => {},
  });
  return { replica, read };
}

test("[S6] who left and came back while a page was on its way has not come earlier by it, nor read less", () => {
  const { replica, read } = replicaOf();
  replica.pulled(stateSince(1, 5, 3));
  // Removed at 6 and let in again at 7, live; the page is from before.
  replica.remove(CHAT);
  replica.describe(chatSince(7));
  replica.pulled(stateSince(1, 5, 3));
  replica.describe(chatSince(1));
  assert.deepEqual([replica.get(CHAT)?.chat.joinedSeq, replica.get(CHAT)?.log.placed], [7, false]);
  replica.pulled(stateSince(7, 8, 3));
  assert.deepEqual([replica.get(CHAT)?.log.applied, read.at(-1)], [8, 7]);
  const since = read.slice(read.indexOf(7));
  assert.ok(
    since.every((seq) => seq === 7),
    since.join(),
  );
});

test("[S9] whose coming was lost with the tail of the store is there since the time before", () => {
  const { replica } = replicaOf();
  replica.pulled(stateSince(7, 8, 3));
  replica.pulled(stateSince(1, 5, 3), true);
  assert.deepEqual([replica.get(CHAT)?.chat.joinedSeq, replica.get(CHAT)?.log.applied], [1, 5]);
});
