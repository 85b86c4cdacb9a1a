import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { DEFAULT_CHAT_SETTINGS } from "../../schema/chat.ts";
import type { Message } from "../../schema/message.ts";
import { type ClientStorage, memoryStorage, type StorageChange } from "../storage.ts";
import { CacheReader } from "./cache-reader.ts";
import { CACHED_PER_CHAT_MAX, CacheWindows } from "./cache-windows.ts";
import { CacheWriter } from "./cache-writer.ts";
import type { CachedChat } from "./cached-chat.ts";

const CHAT = "aaaaaaaaaaaaaaaaaaaaaaaaaa";
const OTHER = "bbbbbbbbbbbbbbbbbbbbbbbbbb";

const entries = (from: number, to: number): Message[] =>
  Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => ({ seq: from + i, kind: "void" }));

const chat: CachedChat["chat"] = {
  chatId: CHAT,
  kind: "group",
  createdAt: 0,
  role: "member",
  memberCount: 1,
  joinedSeq: 0,
  fromSeq: 0,
  settings: DEFAULT_CHAT_SETTINGS,
};

function writerOn(storage: ClientStorage, mayWrite = () => true) {
  const failures: unknown[] = [];
  const writer = new CacheWriter(storage, {
    seen: (_chatId, message) => message,
    fields: (chatId) => ({ chat: { ...chat, chatId }, readSeq: 0, readUnsent: false, unread: 0, last: null }),
    mayWrite,
    failed: (error) => failures.push(error),
  });
  return { writer, failures, reader: new CacheReader(storage) };
}

/** Stops in the middle of the write that it is told, like a process that dies. */
function dying(storage: ClientStorage): { storage: ClientStorage; dieAfter: { changes: number } } {
  const dieAfter = { changes: Number.POSITIVE_INFINITY };
  const write = async (changes: readonly StorageChange[]) => {
    const part = changes.slice(0, dieAfter.changes);
    dieAfter.changes -= part.length;
    await storage.write(part);
    if (part.length < changes.length) throw new Error("died");
  };
  return { storage: { ...storage, write }, dieAfter };
}

test("[SYNC-5] after a crash anywhere, what the cache says it has it has, and the cursor is never ahead of it", async () => {
  const step = fc.record({
    count: fc.integer({ min: 1, max: 150 }),
    restart: fc.boolean(),
    older: fc.integer({ min: 0, max: 100 }),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 1, maxLength: 12 }),
      fc.integer({ min: 0, max: 40 }),
      async (steps, dieAfter) => {
        const truth = memoryStorage();
        const mortal = dying(truth);
        const { writer, reader } = writerOn(mortal.storage);
        mortal.dieAfter.changes = dieAfter;
        let applied = 0;
        for (const [i, { count, restart, older }] of steps.entries()) {
          const from = restart ? applied + 50 : applied + 1;
          writer.append(CHAT, entries(from, from + count - 1), restart || applied === 0);
          applied = from + count - 1;
          const oldest = (await reader.chat(CHAT))?.from ?? from;
          writer.prepend(CHAT, entries(Math.max(1, oldest - older), oldest - 1));
          writer.moveCursor({ pos: `${applied}`, epoch: `${i}` });
          await writer.settled();
        }
        const kept = await reader.chat(CHAT);
        if (kept && kept.from <= kept.to) {
          const all: Message[] = [];
          for (let after = kept.from - 1; after < kept.to; after = all.at(-1)?.seq ?? kept.to) {
            all.push(...(await reader.after(CHAT, after, 200)));
          }
          assert.deepEqual(all, entries(kept.from, kept.to));
        }
        const cursor = (await truth.get("meta", "cursor")) as { pos: string } | undefined;
        if (cursor) assert.ok(Number(cursor.pos) <= (kept?.to ?? 0));
      },
    ),
    { numRuns: 60 },
  );
});

test("pages that fall out of the window are deleted, and a window has a limit", async () => {
  const storage = memoryStorage();
  const { writer, reader } = writerOn(storage);
  const last = CACHED_PER_CHAT_MAX + 500;
  for (let from = 1; from <= last; from += 100) {
    writer.append(CHAT, entries(from, Math.min(from + 99, last)), false);
    await writer.settled();
  }
  const kept = await reader.chat(CHAT);
  assert.deepEqual([kept?.from, kept?.to], [501, last]);
  assert.equal((await storage.all("messages")).length, Math.floor(last / 64) - Math.floor(501 / 64) + 1);
  writer.append(CHAT, entries(9_000, 9_009), true);
  await writer.settled();
  assert.equal((await storage.all("messages")).length, 1);
  writer.remove(CHAT);
  await writer.settled();
  assert.deepEqual([await storage.all("messages"), await storage.all("chats")], [[], []]);
});

test("a storage that fails costs the cache, not the program: the chat is cached anew", async () => {
  const storage = memoryStorage();
  const mortal = dying(storage);
  const { writer, failures, reader } = writerOn(mortal.storage);
  writer.append(CHAT, entries(1, 10), false);
  await writer.settled();
  mortal.dieAfter.changes = 0;
  writer.append(CHAT, entries(11, 20), false);
  await writer.settled();
  assert.equal(failures.length, 1);
  mortal.dieAfter.changes = Number.POSITIVE_INFINITY;
  assert.equal(writer.to(CHAT), undefined);
  writer.append(CHAT, entries(21, 30), false);
  await writer.settled();
  assert.deepEqual(await reader.before(CHAT, 31, 50), entries(21, 30));
});

test("a tab that may not write leaves the storage alone", async () => {
  const storage = memoryStorage();
  const { writer } = writerOn(storage, () => false);
  writer.append(CHAT, entries(1, 10), false);
  writer.touch(OTHER);
  writer.moveCursor({ pos: "1", epoch: "e" });
  await writer.settled();
  assert.deepEqual([await storage.all("chats"), await storage.all("messages")], [[], []]);
  assert.equal(await storage.get("meta", "cursor"), undefined);
});

test("all chats together have a limit: the ones moved longest ago keep a page", () => {
  const windows = new CacheWindows(1_000);
  const chatIds = Array.from({ length: 5 }, (_, i) => String.fromCharCode(97 + i).repeat(26));
  for (const chatId of chatIds) windows.replace(chatId, entries(1, 300));
  assert.deepEqual(windows.shrink(), chatIds.slice(0, 3));
  assert.deepEqual(
    chatIds.map((chatId) => windows.get(chatId)?.from),
    [237, 237, 237, 1, 1],
  );
  windows.extend(chatIds[0] ?? "", entries(301, 700));
  assert.deepEqual(windows.shrink(), [chatIds[3]]);
});
