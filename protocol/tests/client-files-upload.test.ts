import assert from "node:assert/strict";
import { test } from "node:test";
import {
  bytesSource,
  ClientError,
  type FilesOptions,
  fetchHttp,
  type Upload,
  type UploadState,
} from "../src/client/index.ts";
import { ReplyError } from "../src/errors.ts";
import type { Params } from "../src/requests.ts";
import { CountedSource, fileRig, MIB, randomFile } from "./client-file-rig.ts";
import { person } from "./client-person.ts";
import { seededRandom } from "./client-virtual-time.ts";

/** The names of the states that an upload goes through, each once in a row. */
function statesOf(upload: Upload): UploadState["name"][] {
  const names: UploadState["name"][] = [upload.state.name];
  upload.on(({ name }) => {
    if (names.at(-1) !== name) names.push(name);
  });
  return names;
}

test("[FILE-1] a small file goes in one PUT with the signed headers, and is usable", async (t) => {
  const { ann, store, about, storage, server } = await fileRig(t);
  const bytes = randomFile(3 * MIB + 5);
  const upload = ann.client.files.upload(bytesSource(bytes), about());
  const names = statesOf(upload);
  const { fileId, sealed } = await upload.done;
  assert.equal(sealed, undefined);
  assert.deepEqual(store.stored.get(fileId)?.bytes, bytes);
  assert.deepEqual(names, ["queued", "reading", "sending", "checking", "done"]);
  assert.deepEqual(await storage.all("uploads"), []);
  assert.equal(server.count("file.begin"), 1);
  assert.equal(store.receivedBytes, bytes.length);
  assert.deepEqual(ann.client.files.uploads, []);
});

test("[FILE-5] an upload whose beginning was answered unheard takes its room once", async (t) => {
  const { ann, store, about, server } = await fileRig(t);
  let losses = 2;
  server.fate = ({ method }) => {
    if (method !== "file.begin" || losses-- <= 0) return undefined;
    queueMicrotask(() => server.cut());
    return "loseReply";
  };
  for (const bytes of [randomFile(MIB), randomFile(2 * MIB)]) {
    const { fileId } = await ann.client.files.upload(bytesSource(bytes), about()).done;
    assert.ok(store.stored.get(fileId)?.bytes?.equals(bytes));
  }
  assert.equal(server.count("file.begin"), 4);
  assert.equal(server.files?.files.size, 2);
});

test("[FILE-5] a store that has no room is not asked again and again, and another try sends only the rest", async (t) => {
  const { ann, store, about } = await fileRig(t);
  store.fate = ({ grant }) => (grant.part === 1 ? "pass" : { status: 507 });
  const bytes = randomFile(20 * MIB);
  const upload = ann.client.files.upload(bytesSource(bytes), about());
  await assert.rejects(upload.done, (error) => error instanceof ClientError && error.reason === "storeFull");
  store.fate = () => "pass";
  const sentBefore = store.puts.length;
  await ann.client.files.upload(bytesSource(bytes), about()).done;
  assert.equal(store.puts.length, 3);
  assert.ok(sentBefore <= 1);
});

test("[FILE-3] cut at random points, a large file arrives whole, and of each cut only the part that was cut is sent again", async (t) => {
  const { ann, store, about } = await fileRig(t);
  const lots = seededRandom(3);
  let wasted = 0;
  store.fate = ({ size }) => {
    const lot = lots.fraction();
    if (lot > 0.6) return "pass";
    if (lot > 0.5) return { status: 503 };
    if (lot > 0.35) return "loseReply";
    wasted += size;
    return { cutAfter: Math.floor(lots.fraction() * size) };
  };
  const bytes = randomFile(70 * MIB + 17);
  const { fileId } = await ann.client.files.upload(bytesSource(bytes), about()).done;
  assert.ok(store.stored.get(fileId)?.bytes?.equals(bytes));
  assert.ok(wasted > 0);
  // What had arrived is not sent again, even where its answer was lost.
  assert.equal(store.puts.length, 9);
  assert.equal(new Set(store.puts).size, 9);
  assert.ok(store.receivedBytes >= bytes.length && store.receivedBytes <= bytes.length + wasted);
});

test("[FILE-3] three parts of a file go at once, and two files", async (t) => {
  const { ann, store, about } = await fileRig(t);
  const uploads = [1, 2, 3].map(() => ann.client.files.upload(bytesSource(randomFile(40 * MIB)), about()));
  let most = 0;
  for (const upload of uploads) {
    upload.on(() => {
      const busy = uploads.filter(({ state: { name } }) => name !== "queued" && name !== "done").length;
      most = Math.max(most, busy);
    });
  }
  await Promise.all(uploads.map(({ done }) => done));
  assert.equal(most, 2);
  assert.ok(store.mostPuts > 1 && store.mostPuts <= 6, `${store.mostPuts} at once`);
});

test("[FILE-3] paused, nothing more is sent; resumed, only the rest is", async (t) => {
  const { ann, store, about, time } = await fileRig(t);
  const bytes = randomFile(64 * MIB);
  const upload = ann.client.files.upload(bytesSource(bytes), about());
  await time.until(() => store.puts.length >= 3, "some parts");
  upload.pause();
  assert.equal(upload.state.name, "paused");
  await time.until(() => store.putsNow === 0, "nothing under way");
  assert.ok(store.puts.length < 8);
  upload.resume();
  const { fileId } = await upload.done;
  assert.ok(store.stored.get(fileId)?.bytes?.equals(bytes));
  assert.equal(store.puts.length, 8);
  assert.equal(new Set(store.puts).size, 8);
  assert.equal(store.receivedBytes - store.wastedBytes, bytes.length);
  // No more than was under way when it was paused.
  assert.ok(store.wastedBytes <= 3 * 8 * MIB);
});

test("[FILE-3] after a restart the same file sends only the parts that are missing", async (t) => {
  const { ann, store, about, time, restarted, server, storage } = await fileRig(t);
  const bytes = randomFile(64 * MIB + 1);
  store.fate = () => (store.puts.length >= 4 ? { status: 503 } : "pass");
  const cut = ann.client.files.upload(bytesSource(bytes), about());
  await time.until(() => store.puts.length >= 4 && cut.state.name === "waiting", "half of it");
  cut.pause();
  await time.until(() => store.putsNow === 0, "nothing under way");
  const arrived = store.puts.length;
  assert.ok(arrived < 9);
  server.cut();

  const client = await restarted();
  store.fate = () => "pass";
  const [unfinished] = await client.files.unfinished();
  assert.deepEqual({ about: unfinished?.about, size: unfinished?.size }, { about: about(), size: bytes.length });
  const { fileId } = await client.files.upload(bytesSource(bytes), about()).done;
  assert.equal(fileId, unfinished?.fileId);
  assert.equal(server.count("file.begin"), 1);
  assert.ok(store.stored.get(fileId)?.bytes?.equals(bytes));
  assert.equal(store.puts.length, 9);
  assert.equal(store.receivedBytes - store.wastedBytes, bytes.length);
  assert.deepEqual(await storage.all("uploads"), []);
});

for (const size of [MIB, 20 * MIB]) {
  test(`[FILE-3] killed when only the last answer was lost, ${size / MIB} MiB are not sent again`, async (t) => {
    const { ann, store, about, time, restarted, server } = await fileRig(t);
    const bytes = randomFile(size);
    server.fate = ({ method }) => (method === "file.complete" ? "loseReply" : undefined);
    const first = ann.client.files.upload(bytesSource(bytes), about());
    await time.until(() => server.count("file.complete") === 1, "completed");
    first.pause();
    server.cut();
    const client = await restarted();
    server.fate = () => undefined;
    const [unfinished] = await client.files.unfinished();
    const { fileId } = await client.files.upload(bytesSource(bytes), about()).done;
    assert.equal(fileId, unfinished?.fileId);
    assert.equal(store.receivedBytes, size);
    assert.equal(server.count("file.begin"), 1);
  });
}

test("[FILE-3] another file of the same name and size does not continue the first", async (t) => {
  const { ann, store, about, time, restarted, server } = await fileRig(t);
  store.fate = () => ({ status: 503 });
  const first = ann.client.files.upload(bytesSource(randomFile(20 * MIB)), about());
  await time.until(() => first.state.name === "waiting", "begun");
  first.pause();
  const client = await restarted();
  store.fate = () => "pass";
  const other = randomFile(20 * MIB);
  const { fileId } = await client.files.upload(bytesSource(other), about()).done;
  assert.ok(store.stored.get(fileId)?.bytes?.equals(other));
  assert.equal(server.count("file.begin"), 2);
  const [left] = await client.files.unfinished();
  assert.notEqual(left?.fileId, fileId);
  await client.files.discard(left?.fileId ?? "");
  assert.deepEqual(await client.files.unfinished(), []);
  assert.equal(server.files?.files.size, 1);
});

test("[FILE-3] what the server has swept meanwhile begins anew", async (t) => {
  const { ann, store, about, time, model } = await fileRig(t);
  store.fate = ({ grant }) => (grant.part === 1 ? "pass" : { status: 503 });
  const bytes = randomFile(20 * MIB);
  const upload = ann.client.files.upload(bytesSource(bytes), about());
  await time.until(() => upload.state.name === "waiting" && store.puts.length >= 1, "begun");
  upload.pause();
  model.files.clear();
  store.stored.clear();
  store.fate = () => "pass";
  upload.resume();
  const { fileId } = await upload.done;
  assert.ok(store.stored.get(fileId)?.bytes?.equals(bytes));
});

test("bytes that changed since they were hashed do not leave", async (t) => {
  let puts = 0;
  const put = async () => {
    puts++;
    return { status: 503 };
  };
  const busy: FilesOptions["http"] = { ...fetchHttp(fetch), put };
  const { ann, about, time } = await fileRig(t, { http: busy });
  const source = new CountedSource(randomFile(20 * MIB));
  const upload = ann.client.files.upload(source, about());
  await time.until(() => upload.state.name === "waiting", "hashed");
  upload.pause();
  source.bytes = randomFile(20 * MIB);
  const before = puts;
  upload.resume();
  await assert.rejects(upload.done, (error) => error instanceof ClientError && error.reason === "fileChanged");
  assert.equal(puts, before);
  assert.deepEqual(upload.state, { name: "failed", why: "fileChanged" });
});

test("[FILE-1] the source is read twice, not more, however long the store fails", async (t) => {
  const { ann, store, about } = await fileRig(t);
  const source = new CountedSource(randomFile(24 * MIB));
  let failures = 0;
  store.fate = () => (failures++ < 20 ? { status: 500 } : "pass");
  await ann.client.files.upload(source, about()).done;
  assert.equal(source.readBytes, 2 * 24 * MIB);
});

test("[FILE-1] URLs that expire under way are renewed", async (t) => {
  const { ann, store, about, model, server } = await fileRig(t);
  model.ttlMs = -1;
  const bytes = randomFile(33 * MIB);
  let refused = 0;
  server.fate = ({ method }) => {
    // Those of `file.begin` have expired already; the store refuses them.
    if (method === "file.parts" && ++refused >= 2) model.ttlMs = 300_000;
    return undefined;
  };
  const { fileId } = await ann.client.files.upload(bytesSource(bytes), about()).done;
  assert.ok(store.stored.get(fileId)?.bytes?.equals(bytes));
  assert.ok(refused >= 2);
});

test("a store that refuses what the server allows ends the upload", async (t) => {
  const { ann, store, about } = await fileRig(t);
  store.fate = () => ({ status: 403 });
  const upload = ann.client.files.upload(bytesSource(randomFile(MIB)), about());
  await assert.rejects(upload.done, (error) => error instanceof ClientError && error.reason === "storeRefused");
});

test("a client without HTTP says so instead of waiting for ever", async (t) => {
  const { server, chatId, about } = await fileRig(t);
  const { client } = await person(server);
  t.after(() => client.stop());
  server.chats.make(chatId, "direct", [client.userId ?? ""]);
  const upload = client.files.upload(bytesSource(randomFile(5)), about());
  await assert.rejects(upload.done, (error) => error instanceof ClientError && error.reason === "invalidParams");
});

test("[FILE-5] a refusal of the server is told before a byte moves", async (t) => {
  const { ann, store, about, server, storage } = await fileRig(t);
  server.fate = ({ method }) => (method === "file.begin" ? new ReplyError("QUOTA_EXCEEDED") : undefined);
  const upload = ann.client.files.upload(bytesSource(randomFile(MIB)), about());
  await assert.rejects(upload.done, (error) => error instanceof ReplyError && error.name === "QUOTA_EXCEEDED");
  assert.deepEqual(upload.state, { name: "failed", why: "QUOTA_EXCEEDED" });
  assert.equal(store.receivedBytes, 0);
  assert.deepEqual(await storage.all("uploads"), []);
});

test("[FILE-1] what the server found wrong is not tried again, and the next try begins anew", async (t) => {
  const { ann, about, server, storage } = await fileRig(t);
  const bytes = randomFile(MIB);
  server.fate = ({ method }) => (method === "file.complete" ? new ReplyError("FILE_TYPE_WRONG") : undefined);
  const upload = ann.client.files.upload(bytesSource(bytes), about({ type: "image/png" }));
  await assert.rejects(upload.done, (error) => error instanceof ReplyError && error.name === "FILE_TYPE_WRONG");
  assert.deepEqual(await storage.all("uploads"), []);
  server.fate = () => undefined;
  await ann.client.files.upload(bytesSource(bytes), about()).done;
  assert.equal(server.count("file.begin"), 2);
});

test("[FILE-3] an upload goes on while the connection to the server is lost, and ends when it is back", async (t) => {
  const { ann, store, about, server, time } = await fileRig(t);
  const bytes = randomFile(40 * MIB);
  const upload = ann.client.files.upload(bytesSource(bytes), about());
  await time.until(() => store.puts.length >= 1, "sending");
  server.down = true;
  server.cut();
  await time.until(() => store.puts.length === 5, "all parts");
  await time.until(() => upload.state.name === "checking" || upload.state.name === "waiting", "waits");
  server.down = false;
  ann.client.reconnectNow();
  const { fileId } = await upload.done;
  assert.ok(store.stored.get(fileId)?.bytes?.equals(bytes));
});

test("[FILE-6] cancelled, it is gone here and at the server", async (t) => {
  const { ann, store, about, server, time, storage, model } = await fileRig(t);
  const upload = ann.client.files.upload(bytesSource(randomFile(40 * MIB)), about());
  await time.until(() => store.puts.length >= 1, "sending");
  upload.cancel();
  await assert.rejects(upload.done, (error) => error instanceof ClientError && error.reason === "cancelled");
  await time.until(() => server.count("file.abort") === 1, "aborted");
  await time.until(() => model.files.size === 0, "gone");
  assert.deepEqual(await storage.all("uploads"), []);
  assert.deepEqual(ann.client.files.uploads, []);
});

test("[FILE-6] cancelled while the server is being asked, what it began is given up", async (t) => {
  const { ann, about, server, time, model } = await fileRig(t);
  const upload = ann.client.files.upload(bytesSource(randomFile(MIB)), about());
  server.fate = ({ method }) => {
    if (method === "file.begin") upload.cancel();
    return undefined;
  };
  await time.until(() => server.count("file.abort") === 1, "aborted");
  await time.until(() => model.files.size === 0, "gone");
});

test("[FILE-1] what is stored already is not sent again", async (t) => {
  const { ann, store, about } = await fileRig(t);
  const bytes = randomFile(MIB);
  const first = await ann.client.files.upload(bytesSource(bytes), about()).done;
  const received = store.receivedBytes;
  const second = await ann.client.files.upload(bytesSource(bytes), about()).done;
  assert.deepEqual(second, first);
  assert.equal(store.receivedBytes, received);
});

test("[FILE-3] signing out ends uploads and forgets them", async (t) => {
  const { ann, store, about, time, storage } = await fileRig(t);
  const upload = ann.client.files.upload(bytesSource(randomFile(40 * MIB)), about());
  await time.until(() => store.puts.length >= 1, "sending");
  await ann.client.signOut();
  await assert.rejects(upload.done, (error) => error instanceof ClientError && error.reason === "stopped");
  assert.deepEqual(await storage.all("uploads"), []);
  const after = ann.client.files.upload(bytesSource(randomFile(1)), about());
  await assert.rejects(after.done, ClientError);
});

test("[FILE-3] parts are 8 MiB, and larger only where a thousand would not do", async (t) => {
  const { ann, about, server } = await fileRig(t);
  await ann.client.files.upload(bytesSource(randomFile(16 * MIB - 1)), about()).done;
  await ann.client.files.upload(bytesSource(randomFile(16 * MIB)), about()).done;
  const begun = server.asked.filter(({ method }) => method === "file.begin").map(({ params }) => params);
  const sizes = (begun as Params<"file.begin">[]).map(({ parts }) => parts?.map(({ size }) => size));
  assert.deepEqual(sizes, [undefined, [8 * MIB, 8 * MIB]]);
});
