import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { bytesSource, ClientError } from "../src/client/index.ts";
import { ReplyError } from "../src/errors.ts";
import { collect, fileRig, MIB, randomFile } from "./client-file-rig.ts";
import { seededRandom } from "./client-virtual-time.ts";

const damaged = (error: unknown) => error instanceof ClientError && error.reason === "fileDamaged";

test("[FILE-3] cut at random points, a download goes on where it was, in pieces of bounded size", async (t) => {
  const { ann, store, about, place, bodyOf } = await fileRig(t);
  const bytes = randomFile(40 * MIB + 3);
  const { fileId } = await ann.client.files.upload(bytesSource(bytes), about()).done;
  const lots = seededRandom(4);
  store.fate = ({ grant }) => {
    if (grant.method === "PUT" || lots.fraction() < 0.5) return "pass";
    return lots.fraction() < 0.3 ? { status: 500 } : { cutAfter: Math.floor(lots.fraction() * 8 * MIB) };
  };
  const told: number[] = [];
  const got: Uint8Array[] = [];
  const progress = (doneBytes: number) => told.push(doneBytes);
  for await (const piece of ann.client.files.download(place, bodyOf(fileId), { progress })) got.push(piece);
  assert.ok(Buffer.concat(got).equals(bytes));
  assert.equal(told.at(-1), bytes.length);
  assert.deepEqual(
    told,
    told.toSorted((a, b) => a - b),
  );
  assert.ok(Math.max(...got.map(({ length }) => length)) <= 8 * MIB);
  const asked = store.gets.map((range) => range.split("-").map(Number));
  assert.ok(asked.length > 5);
  for (const [from = 0, to = 0] of asked) assert.ok(to - from < 8 * MIB);
});

test("[FILE-3] what is there already is not fetched again, but hashed with the rest", async (t) => {
  const { ann, store, about, place, bodyOf } = await fileRig(t);
  const bytes = randomFile(10 * MIB);
  const { fileId } = await ann.client.files.upload(bytesSource(bytes), about()).done;
  const have = bytesSource(bytes.subarray(0, 6 * MIB + 1));
  const rest = await collect(ann.client.files.download(place, bodyOf(fileId), { have }));
  assert.ok(rest.equals(bytes.subarray(have.size)));
  assert.equal(store.sentBytes, rest.length);
  const other = bytesSource(randomFile(have.size));
  await assert.rejects(collect(ann.client.files.download(place, bodyOf(fileId), { have: other })), damaged);
});

test("[FILE-1] other bytes than the message tells of are noticed at the end", async (t) => {
  const { ann, about, place, bodyOf } = await fileRig(t);
  const { fileId } = await ann.client.files.upload(bytesSource(randomFile(2 * MIB)), about()).done;
  const sha256 = createHash("sha256").update("other").digest("hex");
  await assert.rejects(collect(ann.client.files.download(place, bodyOf(fileId, { sha256 }))), damaged);
});

test("[FILE-4] URLs are renewed as they expire, and a refusal of the server ends a download", async (t) => {
  const { ann, about, place, bodyOf, model, server } = await fileRig(t);
  const bytes = randomFile(20 * MIB);
  const { fileId } = await ann.client.files.upload(bytesSource(bytes), about()).done;
  model.ttlMs = 5_000;
  assert.ok((await collect(ann.client.files.download(place, bodyOf(fileId)))).equals(bytes));
  // None of them holds long enough to be used twice.
  assert.equal(server.count("file.url"), 3);
  model.ttlMs = -1;
  const refused = (error: unknown) => error instanceof ClientError && error.reason === "storeRefused";
  await assert.rejects(collect(ann.client.files.download(place, bodyOf(fileId))), refused);
  server.fate = ({ method }) => (method === "file.url" ? new ReplyError("FILE_NOT_FOUND") : undefined);
  const gone = (error: unknown) => error instanceof ReplyError && error.name === "FILE_NOT_FOUND";
  await assert.rejects(collect(ann.client.files.download(place, bodyOf(fileId))), gone);
});

test("[FILE-6] who aborts a download, or stops to read it, causes no more of it", async (t) => {
  const { ann, store, about, place, bodyOf } = await fileRig(t);
  const { fileId } = await ann.client.files.upload(bytesSource(randomFile(64 * MIB)), about()).done;
  const abort = new AbortController();
  const read = async () => {
    for await (const _ of ann.client.files.download(place, bodyOf(fileId), { signal: abort.signal })) abort.abort();
  };
  await assert.rejects(read(), (error) => error instanceof ClientError && error.reason === "cancelled");
  for await (const _ of ann.client.files.download(place, bodyOf(fileId))) break;
  assert.equal(store.gets.length, 2);
});

test("[FILE-4] signing out ends a download", async (t) => {
  const { ann, about, place, bodyOf } = await fileRig(t);
  const { fileId } = await ann.client.files.upload(bytesSource(randomFile(20 * MIB)), about()).done;
  const stopped = (error: unknown) => error instanceof ClientError && error.reason === "stopped";
  const read = async () => {
    for await (const _ of ann.client.files.download(place, bodyOf(fileId))) await ann.client.signOut();
  };
  await assert.rejects(read(), stopped);
  const after = collect(ann.client.files.download(place, bodyOf(fileId)));
  await assert.rejects(after, (error) => error instanceof ClientError && error.reason === "notSignedIn");
});

test("[FILE-6] any range of a file can be read alone", async (t) => {
  const { ann, store, about, place, bodyOf } = await fileRig(t);
  const bytes = randomFile(12 * MIB);
  const { fileId } = await ann.client.files.upload(bytesSource(bytes), about()).done;
  const { files } = ann.client;
  const range = { from: 3 * MIB + 7, to: 3 * MIB + 107 };
  assert.ok((await collect(files.read(place, bodyOf(fileId), range))).equals(bytes.subarray(range.from, range.to)));
  assert.equal(store.sentBytes, 100);
  assert.equal((await collect(files.read(place, bodyOf(fileId), { from: 5, to: 5 }))).length, 0);
  for (const wrong of [
    { from: -1, to: 5 },
    { from: 6, to: 5 },
    { from: 0, to: bytes.length + 1 },
    { from: 0.5, to: 5 },
  ]) {
    await assert.rejects(
      collect(files.read(place, bodyOf(fileId), wrong)),
      (error) => error instanceof ClientError && error.reason === "invalidParams",
    );
  }
});

test("[FILE-6] a URL for a player is absolute", async (t) => {
  const { ann, store, about, place } = await fileRig(t);
  const { fileId } = await ann.client.files.upload(bytesSource(randomFile(5)), about()).done;
  const { url, expiresAt } = await ann.client.files.url(place, fileId, { download: true });
  assert.ok(url.startsWith(`http://${store.host}/objects/${fileId}?`));
  assert.ok(expiresAt > Date.now());
  assert.equal((await fetch(url, { headers: { Range: "bytes=0-4" } })).status, 206);
});
