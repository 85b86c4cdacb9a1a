import assert from "node:assert/strict";
import { test } from "node:test";
import { bytesSource, ClientError } from "../src/client/index.ts";
import type { Params } from "../src/requests.ts";
import { CHUNK_BYTES, SEALED_CHUNK_BYTES, sealedSize } from "../src/secure/index.ts";
import { CountedSource, collect, fileRig, MIB, randomFile } from "./client-file-rig.ts";

const SEALING = { secure: false } as const;
const damaged = (error: unknown) => error instanceof ClientError && error.reason === "fileDamaged";

test("[B7] [FILE-1] without TLS the store gets sealed bytes, and the message what opens them", async (t) => {
  const { ann, store, about, place, bodyOf, server } = await fileRig(t, SEALING);
  assert.ok(ann.client.files.seals);
  const bytes = Buffer.alloc(3 * MIB + 5, "plain text ");
  const { fileId, sealed } = await ann.client.files.upload(bytesSource(bytes), about({ type: "text/plain" })).done;
  const stored = store.stored.get(fileId)?.bytes;
  assert.equal(stored?.length, sealedSize(bytes.length));
  assert.ok(!stored?.includes("plain text"));
  const body = bodyOf(fileId, sealed ? { sealed } : {});
  assert.equal(body.sealed?.size, bytes.length);
  assert.equal(body.sealed?.type, "text/plain");
  assert.notEqual(body.sealed?.sha256, body.sha256);
  const begun = server.asked.find(({ method }) => method === "file.begin")?.params as Params<"file.begin">;
  assert.deepEqual([begun.type, begun.size, begun.sha256], ["application/octet-stream", stored?.length, body.sha256]);
  assert.ok((await collect(ann.client.files.download(place, body))).equals(bytes));
});

test("[B7] each file has a key of its own", async (t) => {
  const { ann, about } = await fileRig(t, SEALING);
  const bytes = randomFile(100);
  const keys = new Set<string>();
  for (let i = 0; i < 3; i++) {
    const { sealed } = await ann.client.files.upload(bytesSource(bytes), about()).done;
    keys.add(sealed?.key ?? "");
  }
  assert.equal(keys.size, 3);
});

test("[B5] [FILE-3] after a restart a sealed file goes on under its key, in parts of whole chunks", async (t) => {
  const { ann, store, about, time, restarted, place, bodyOf, server } = await fileRig(t, SEALING);
  const bytes = randomFile(40 * MIB);
  store.fate = ({ grant }) => ((grant.part ?? 0) > 2 ? { status: 503 } : "pass");
  const cut = ann.client.files.upload(bytesSource(bytes), about());
  await time.until(() => store.puts.length >= 2 && cut.state.name === "waiting", "half of it");
  cut.pause();
  const client = await restarted();
  store.fate = () => "pass";
  const { fileId, sealed } = await client.files.upload(bytesSource(bytes), about()).done;
  assert.equal(server.count("file.begin"), 1);
  assert.equal(store.puts.length, 5);
  assert.equal(store.receivedBytes - store.wastedBytes, sealedSize(bytes.length));
  const body = bodyOf(fileId, sealed ? { sealed } : {});
  assert.ok((await collect(client.files.download(place, body))).equals(bytes));
});

test("[B7] bytes that changed are not sealed under the same key twice", async (t) => {
  const { ann, store, about, time, restarted, storage } = await fileRig(t, SEALING);
  const source = new CountedSource(randomFile(2 * MIB));
  store.fate = () => ({ status: 503 });
  const cut = ann.client.files.upload(source, about());
  await time.until(() => cut.state.name === "waiting", "begun");
  cut.pause();
  source.bytes = randomFile(2 * MIB);
  const client = await restarted();
  store.fate = () => "pass";
  const { sealed } = await client.files.upload(source, about()).done;
  const [[, left] = []] = await storage.all("uploads");
  assert.notEqual(sealed?.key, (left as { plan: { key: string } }).plan.key);
});

test("[B5] [B6] a range of a sealed file is opened from the chunks that hold it, and no others", async (t) => {
  const { ann, store, about, place, bodyOf } = await fileRig(t, SEALING);
  const bytes = randomFile(5 * MIB + 9);
  const { fileId, sealed } = await ann.client.files.upload(bytesSource(bytes), about()).done;
  const body = bodyOf(fileId, sealed ? { sealed } : {});
  for (const [from, to, chunks] of [
    [0, 1, 1],
    [CHUNK_BYTES - 1, CHUNK_BYTES, 1],
    [CHUNK_BYTES - 1, CHUNK_BYTES + 1, 2],
    [2 * CHUNK_BYTES, 4 * CHUNK_BYTES, 2],
    [bytes.length - 3, bytes.length, 0],
  ] as const) {
    const before = store.sentBytes;
    const got = await collect(ann.client.files.read(place, body, { from, to }));
    assert.ok(got.equals(bytes.subarray(from, to)), `${from} to ${to}`);
    assert.equal(store.sentBytes - before, chunks === 0 ? 9 + 16 : chunks * SEALED_CHUNK_BYTES);
  }
  const have = bytesSource(bytes.subarray(0, CHUNK_BYTES + 1));
  const rest = await collect(ann.client.files.download(place, body, { have }));
  assert.ok(rest.equals(bytes.subarray(have.size)));
});

test("[B8] a store that changes, swaps or cuts sealed bytes is found out before they are used", async (t) => {
  const { ann, store, about, place, bodyOf } = await fileRig(t, SEALING);
  const bytes = randomFile(3 * MIB);
  const { fileId, sealed } = await ann.client.files.upload(bytesSource(bytes), about()).done;
  const body = bodyOf(fileId, sealed ? { sealed } : {});
  const stored = Buffer.from(store.stored.get(fileId)?.bytes ?? []);
  const chunk = (i: number) => stored.subarray(i * SEALED_CHUNK_BYTES, (i + 1) * SEALED_CHUNK_BYTES);
  const flipped = Buffer.from(stored);
  flipped[SEALED_CHUNK_BYTES + 5] = (flipped[SEALED_CHUNK_BYTES + 5] ?? 0) ^ 1;
  for (const [what, now, whole] of [
    ["one bit", flipped, 1],
    ["two chunks", Buffer.concat([chunk(1), chunk(0), chunk(2)]), 0],
    ["another end", Buffer.concat([chunk(0), chunk(1), chunk(1)]), 2],
  ] as const) {
    store.stored.set(fileId, { size: now.length, md5: "", bytes: now });
    let got = 0;
    const read = async () => {
      for await (const piece of ann.client.files.download(place, body)) {
        assert.ok(bytes.subarray(got, got + piece.length).equals(piece));
        got += piece.length;
      }
    };
    await assert.rejects(read(), damaged, what);
    assert.equal(got, whole * CHUNK_BYTES, what);
  }
  // A message that calls a shorter file whole.
  const short = { ...body, size: sealedSize(2 * MIB), ...(sealed ? { sealed: { ...sealed, size: 2 * MIB } } : {}) };
  store.stored.set(fileId, { size: stored.length, md5: "", bytes: stored });
  await assert.rejects(collect(ann.client.files.download(place, short)), damaged);
  await assert.rejects(collect(ann.client.files.download(place, { ...body, size: body.size + 1 })), damaged);
});
