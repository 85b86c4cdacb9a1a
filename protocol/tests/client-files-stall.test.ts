import assert from "node:assert/strict";
import { test } from "node:test";
import { STALL_MS, StallGuard } from "../src/client/files/stall-guard.ts";
import { bytesSource, type FileHttp, type FilePut } from "../src/client/index.ts";
import { hashes, MIB, randomFile } from "./client-file-rig.ts";
import { ModelFiles } from "./client-model-files.ts";
import { ModelServer } from "./client-model-server.ts";
import { person } from "./client-person.ts";
import { VirtualTime } from "./client-virtual-time.ts";
import { ObjectStore } from "./object-store.ts";

const A_WEEK_MS = 7 * 24 * 3600_000;

test("[FILE-3] a request of which nothing comes any more is given up, and one that goes on is not", async () => {
  const time = new VirtualTime();
  const guard = new StallGuard(time, new AbortController().signal);
  guard.expect();
  for (let i = 0; i < 10; i++) {
    await time.pass(STALL_MS - 1);
    guard.expect();
  }
  guard.rest();
  await time.pass(10 * STALL_MS);
  assert.equal(guard.signal.aborted, false);
  guard.expect();
  await time.pass(STALL_MS);
  assert.equal(guard.signal.aborted, true);
});

test("who gives up gives its requests up", () => {
  const owner = new AbortController();
  const guards = [1, 2].map(() => new StallGuard(new VirtualTime(), owner.signal));
  guards[0]?.end();
  owner.abort();
  assert.deepEqual(
    guards.map(({ signal }) => signal.aborted),
    [false, true],
  );
  assert.ok(new StallGuard(new VirtualTime(), owner.signal).signal.aborted);
});

test("[FILE-3] on a line that is gone without a word, an upload begins again", async (t) => {
  const store = await ObjectStore.start();
  t.after(() => store.stop());
  const time = new VirtualTime();
  const server = new ModelServer(time);
  const model = new ModelFiles(store, () => server.id());
  model.ttlMs = 10 * 365 * 24 * 3600_000;
  server.files = model;
  const began: FilePut[] = [];
  let silent = true;
  const http: FileHttp = {
    put(request) {
      began.push(request);
      request.progress(1);
      if (!silent) return Promise.resolve({ status: 200 });
      return new Promise((_, reject) => request.signal.addEventListener("abort", () => reject(new Error("aborted"))));
    },
    get: () => Promise.reject(new Error("not asked for")),
  };
  const ann = await person(server, { files: { http, hashes, secure: true } });
  const about = { chatId: server.id(), name: "a", type: "a/b" };
  const upload = ann.client.files.upload(bytesSource(randomFile(MIB)), about);
  // Hashing takes real time, in which the other kind flies.
  await time.until(() => began.length === 1, "sending", A_WEEK_MS);
  assert.equal(upload.state.name, "sending");
  silent = false;
  await time.until(() => began.length >= 2, "begun again", 2 * STALL_MS);
  assert.equal(began[0]?.signal.aborted, true);
  upload.cancel();
});
