import assert from "node:assert/strict";
import { test } from "node:test";
import type { Result } from "@parley/protocol";
import { MemoryStore } from "../../tests/_util/memory-kv.ts";
import { PROMPT } from "../../tests/_util/memory-link.ts";
import { VirtualTime } from "../../tests/_util/virtual-time.ts";
import { writeChat } from "../records/chat-record.ts";
import { monthOf, pushNotice } from "../records/inbox.ts";
import { writeJoined } from "../records/membership.ts";
import { applyWrite, drawVersion } from "../records/versioned.ts";
import { userPrefs } from "../store/keys.ts";
import type { Kv } from "../store/kv.ts";
import { syncPage } from "./sync-page.ts";

const ANN = "a".repeat(26);
const [OLD, NEW] = ["c".repeat(26), "d".repeat(26)];

async function joins(store: Kv, chatId: string): Promise<void> {
  await writeChat(store, chatId, { kind: "group", createdAt: 1, name: "Group" });
  await writeJoined(store, chatId, { userId: ANN, role: "member", joinedSeq: 1 }, null);
}

/** The page of a new device, on a store that keeps no order among commands: those for the cursor arrive last. */
async function pageWhile(change: (store: Kv, now: number) => Promise<object>): Promise<Result<"sync.pull">> {
  const time = new VirtualTime();
  const memory = new MemoryStore(time);
  const well = memory.connect();
  await joins(well, OLD);
  const late = memory.connect({
    clock: time,
    fate: (name) => (name === "listLength" ? { thereMs: 100, backMs: 0 } : PROMPT),
  });
  time.after(50, () => {
    void change(well, time.now()).then((notice) => pushNotice(well, ANN, monthOf(time.now()), JSON.stringify(notice)));
  });
  const job = { userId: ANN, epoch: "1", now: time.now(), newest: 20, params: {} };
  const reading = syncPage(late, job);
  await time.run();
  const page = JSON.parse(Buffer.from(await reading).toString()) as Result<"sync.pull">;
  assert.equal(page.pos, `${monthOf(job.now)}.1.0`, "the cursor is past the notice");
  return page;
}

test("[SYNC-4] [N9] a page whose cursor is past the notice of a preference has it", async () => {
  const { chats } = await pageWhile(async (store, at) => {
    const key = userPrefs(ANN);
    const write = {
      subject: OLD,
      version: await drawVersion(store, key),
      value: '{"archived":true}',
      at,
      outdated: [],
    };
    await applyWrite(store, key, write);
    return { kind: "prefs", chatId: OLD, prefs: { archived: true }, version: write.version };
  });
  assert.deepEqual(chats[0]?.prefs, { archived: true });
});

test("[SYNC-4] [S3] a page whose cursor is past the notice of a chat has it", async () => {
  const { chats } = await pageWhile(async (store) => {
    await joins(store, NEW);
    return { kind: "joined", chatId: NEW, seq: 1 };
  });
  assert.deepEqual(chats.map(({ chat }) => chat.chatId).sort(), [OLD, NEW]);
});
