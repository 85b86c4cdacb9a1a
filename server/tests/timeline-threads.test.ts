import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { after, test } from "node:test";
import { systemClock } from "../src/platform.ts";
import { openEmbedded } from "../src/store/embedded.ts";
import { TimelinePool } from "../src/timelines/pool.ts";
import { removeTemporaryFolders, temporaryFolder } from "./_util/folder.ts";

const LINUX = process.platform === "linux" ? test : () => {};
after(removeTemporaryFolders);

/** How far each thread of this process gives way to others, by proc(5): the 17th field after the name. */
async function niceOfThreads(): Promise<Map<number, number>> {
  const threads = await readdir("/proc/self/task");
  const stats = await Promise.all(threads.map((id) => readFile(`/proc/self/task/${id}/stat`, "utf8")));
  return new Map(threads.map((id, at) => [Number(id), Number(stats[at]?.split(") ").at(-1)?.split(" ")[16])]));
}

LINUX("the thread that assembles pages gives way to the main loop, and nobody else does", async () => {
  const location = await temporaryFolder();
  const kv = openEmbedded({ path: location, clock: systemClock });
  const own = (await niceOfThreads()).get(process.pid) ?? 0;
  const pool = new TimelinePool(1, { location });
  const context = { now: systemClock.now(), userId: "a".repeat(26), epoch: "" };
  await assert.rejects(pool.run("history", { ...context, params: { chatId: "b".repeat(26), limit: 1 } }));
  const nice = await niceOfThreads();
  assert.equal(nice.get(process.pid), own);
  assert.equal([...nice.values()].filter((one) => one > own).length, 1);
  await pool.dispose();
  await kv.close();
});
