import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { systemClock, systemRandom } from "../src/platform.ts";
import { openEmbedded } from "../src/store/embedded.ts";
import { serveStore } from "../src/store/ipc/owner.ts";
import { openStore } from "../src/store/open-store.ts";
import { forkUtility } from "./_util/forked.ts";

const folders: string[] = [];
after(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true }))));

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "parley-embedded-"));
  folders.push(path);
  return path;
}

describe("the embedded store and its workers", () => {
  test("a worker sees what was acknowledged before it was asked, while the data grows to many times its size", async () => {
    const location = await folder();
    const kv = openEmbedded({ path: location, clock: systemClock });
    const worker = new Worker(new URL("./_util/store-reader.js", import.meta.url), {
      workerData: { location, key: "log" },
    });
    assert.deepEqual(await once(worker, "message"), ["ready"]);
    for (let round = 1; round <= 300; round++) {
      const entry = `${round} ${"x".repeat(100_000)}`;
      assert.equal(await kv.listPush("log", entry), round);
      worker.postMessage("look");
      assert.deepEqual((await once(worker, "message"))[0], [round, entry]);
    }
    worker.postMessage("write");
    assert.match(String((await once(worker, "message"))[0]), /reading only/);
    worker.postMessage("close");
    await once(worker, "exit");
    assert.equal(await kv.listPush("log", "after the worker"), 301);
    await kv.close();
  });
});

describe("the embedded store and kill -9", () => {
  const rounds = process.env.PARLEY_LONG ? 50 : 5;

  test(`[MSG-1] what was acknowledged is there, once and at its place, after ${rounds} kills`, async () => {
    const path = await folder();
    const acknowledged: string[] = [];
    for (let round = 0; round < rounds; round++) {
      acknowledged.push(...(await appendUntilKilled(path, 200 + Math.floor(Math.random() * 400))));
    }
    const kv = openEmbedded({ path, clock: systemClock });
    const logs = new Map<string, string[]>();
    for (let chat = 0; chat < 4; chat++) {
      const entries = await kv.listRange(`c:{chat${chat}}:m`, 0, Number.MAX_SAFE_INTEGER);
      assert.equal(entries.length, await kv.listLength(`c:{chat${chat}}:m`));
      const ids = entries.map((entry) => (JSON.parse(entry) as { clientId: string }).clientId);
      assert.equal(new Set(ids).size, ids.length);
      assert.equal(await kv.hashLength(`c:{chat${chat}}:d:0`), ids.length);
      logs.set(`c:{chat${chat}}`, ids);
    }
    assert.ok(acknowledged.length >= rounds * 200);
    for (const line of acknowledged) {
      const [chat = "", seq, clientId] = line.split(" ");
      assert.equal(logs.get(chat)?.[Number(seq) - 1], clientId);
    }
    await kv.close();
  });
});

test("[NODE-5] two processes append to the store of a third, are killed by turns, and nothing is lost, doubled or seen late", async () => {
  const path = await folder();
  const kv = openEmbedded({ path, clock: systemClock, alone: true });
  const acknowledged: { chat: string; clientId: string; seqs: number[]; seen: boolean }[] = [];
  const KILLS = process.env.PARLEY_LONG ? 40 : 4;
  const PER_LIFE = 300;
  let failed: Error | null = null;
  /** One life after the other. */
  const lane = async (kills: number) => {
    for (let life = 0; life < kills; life++) {
      const follower = forkUtility("store-follower-process", [path]);
      serveStore(kv, follower.pipe);
      let told = 0;
      const enough = new Promise<void>((resolve) => {
        follower.pipe.onTell("acknowledged", (body) => {
          acknowledged.push(body as (typeof acknowledged)[number]);
          told += 1;
          if (told >= PER_LIFE) resolve();
        });
        follower.child.once("exit", (code) => {
          if (code !== null) failed = new Error(`A follower ended with ${code}`);
          resolve();
        });
      });
      await enough;
      await follower.kill();
    }
  };
  await Promise.all([lane(KILLS), lane(KILLS)]);
  assert.equal(failed, null);
  for (let chat = 0; chat < 4; chat++) {
    const entries = await kv.listRange(`c:{chat${chat}}:m`, 0, Number.MAX_SAFE_INTEGER);
    const ids = entries.map((entry) => (JSON.parse(entry) as { clientId: string }).clientId);
    assert.equal(new Set(ids).size, ids.length, "nothing twice");
    for (const one of acknowledged) {
      if (one.chat !== `c:{chat${chat}}`) continue;
      const [seq = 0, again] = one.seqs;
      assert.equal(ids[seq - 1], one.clientId);
      assert.equal(again, seq);
      assert.ok(one.seen);
    }
  }
  assert.ok(acknowledged.length >= 2 * KILLS * PER_LIFE);
  await kv.close();
});

test("a full disk refuses writes and loses none; with room again, all goes on", async () => {
  const path = await folder();
  const script = fileURLToPath(new URL("./_util/fill-process.js", import.meta.url));
  // A limit for files of this process stands for the end of the disk: 8,000 blocks of 512 bytes, or of 1,024.
  const child = spawn("sh", ["-c", 'ulimit -f 8000; exec "$0" "$@"', process.execPath, script, path], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  child.stderr.resume();
  let printed = "";
  for await (const chunk of child.stdout) printed += String(chunk);
  if (child.exitCode === null) await once(child, "exit");
  assert.equal(child.exitCode, 0);
  const acknowledged = Number(printed.trim().split("\n").at(-1));
  assert.ok(acknowledged >= 100);
  const kv = openEmbedded({ path, clock: systemClock });
  assert.equal(await kv.listLength("log"), acknowledged);
  assert.equal(await kv.listPush("log", "there is room"), acknowledged + 1);
  assert.equal((await kv.listRange("log", 0, acknowledged - 1)).length, acknowledged);
  await kv.close();
});

test("a folder that another process has open is refused by name, and free once that is killed", async () => {
  const location = await folder();
  const script = fileURLToPath(new URL("./_util/append-process.js", import.meta.url));
  const child = spawn(process.execPath, [script, location], { stdio: ["ignore", "pipe", "inherit"] });
  await once(child.stdout, "data");
  const open = () => openStore({ location, clock: systemClock, random: systemRandom });
  await assert.rejects(open, new RegExp(`${location} is in use by process ${child.pid}\\.`));
  child.kill("SIGKILL");
  await once(child, "exit");
  const store = await open();
  assert.deepEqual(store.warnings, []);
  assert.equal(store.description, location);
  const { kv, epoch } = store;
  const first = epoch();
  await kv.close();
  // The same data is the same life of the store.
  const again = await open();
  assert.equal(again.epoch(), first);
  await again.kv.close();
});

/** Whole lines that the process printed before it was killed, at the earliest after so many. */
async function appendUntilKilled(path: string, lines: number): Promise<string[]> {
  const script = fileURLToPath(new URL("./_util/append-process.js", import.meta.url));
  const child = spawn(process.execPath, [script, path], { stdio: ["ignore", "pipe", "inherit"] });
  let printed = "";
  let seen = 0;
  for await (const chunk of child.stdout) {
    const text = String(chunk);
    printed += text;
    seen += text.split("\n").length - 1;
    if (seen >= lines) child.kill("SIGKILL");
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  assert.equal(child.signalCode, "SIGKILL");
  return printed.slice(0, printed.lastIndexOf("\n")).split("\n");
}
