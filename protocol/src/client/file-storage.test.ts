import assert from "node:assert/strict";
import { appendFile, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileStorage } from "./file-storage.ts";

test("a file keeps what was written, drops a torn line, and belongs to its owner", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "parley-"));
  t.after(() => rm(folder, { recursive: true }));
  const path = join(folder, "deep", "client.ndjson");
  const first = await fileStorage(path);
  await first.write([
    { table: "meta", key: "a", value: { deep: [1, 2] } },
    { table: "chats", key: "x", value: 1 },
    { table: "chats", key: "y", value: 2 },
  ]);
  await first.write([{ table: "chats", key: "x", remove: true }]);
  await first.clearTable("outbox");
  await first.close();
  await appendFile(path, '{"table":"meta","key":"a","val');
  assert.equal((await stat(path)).mode & 0o777, 0o600);
  const second = await fileStorage(path);
  assert.deepEqual(await second.get("meta", "a"), { deep: [1, 2] });
  assert.deepEqual(await second.all("chats"), [["y", 2]]);
  assert.equal(await second.get("meta", "missing"), undefined);
  await second.clearTable("chats");
  await second.close();
  const third = await fileStorage(path);
  assert.deepEqual(await third.all("chats"), []);
  await third.close();
});

test("a file that is not ours is refused instead of emptied", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "parley-"));
  t.after(() => rm(folder, { recursive: true }));
  const path = join(folder, "notes.txt");
  await writeFile(path, "my diary\n");
  await assert.rejects(fileStorage(path));
});
