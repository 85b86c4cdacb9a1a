import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { sealedSource } from "../src/client/files/sealed-source.ts";
import type { FileSource } from "../src/client/index.ts";
import type { FileBody } from "../src/schema/file.ts";
import { nodeCrypto } from "../src/secure/crypto-node.ts";
import { fromBase64Url, sealedSize } from "../src/secure/index.ts";
import { fileRig, MIB } from "./client-file-rig.ts";

/** Beyond what 32 bits can count in the long run; else beyond what may stay in memory. */
const SIZE = (process.env.PARLEY_LONG ? 4 * 1024 : 384) * MIB + MIB;
/** Three parts of 8 MiB on either side of the socket, what is hashed and sent of them, and garbage that waits. */
const GROWTH_MAX_BYTES = 300 * MIB;

/** Zeros, but for the number of its place at each MiB. */
function sparse(from: number, to: number): Buffer {
  const bytes = Buffer.alloc(to - from);
  for (let at = Math.ceil(from / MIB) * MIB; at + 4 <= to; at += MIB) bytes.writeUInt32BE(at / MIB, at - from);
  return bytes;
}

const source: FileSource = { size: SIZE, slice: async (from, to) => sparse(from, to) };

for (const secure of [true, false]) {
  const how = secure ? "clear" : "sealed";
  const title = `[FILE-3] ${SIZE / MIB} MiB, ${how}, go there and back in bounded memory`;
  test(title, { timeout: 1_800_000 }, async (t) => {
    const { ann, store, about, place, model } = await fileRig(t, { secure });
    store.keepsBytes = false;
    const before = process.memoryUsage.rss();
    let most = before;
    const look = setInterval(() => {
      most = Math.max(most, process.memoryUsage.rss());
    }, 50);
    t.after(() => clearInterval(look));
    const { fileId, sealed } = await ann.client.files.upload(source, about()).done;
    const stored = secure ? SIZE : sealedSize(SIZE);
    assert.equal(store.receivedBytes, stored);
    assert.equal(store.stored.get(fileId)?.size, stored);

    const key = fromBase64Url(sealed?.key ?? "");
    const { slice } = secure || key === null ? source : sealedSource(source, key, nodeCrypto);
    store.stored.set(fileId, { size: stored, md5: "", bytes: null, slice });
    const declared = model.files.get(fileId)?.declared;
    assert.ok(declared);
    const { name, type, size, sha256 } = declared;
    const body: FileBody = { fileId, name, type, size, sha256, ...(sealed ? { sealed } : {}) };
    const hash = createHash("sha256");
    let at = 0;
    for await (const bytes of ann.client.files.download(place, body)) {
      hash.update(bytes);
      at += bytes.length;
    }
    assert.equal(at, SIZE);
    assert.equal(hash.digest("hex"), (sealed ?? body).sha256);
    assert.ok(most - before < GROWTH_MAX_BYTES, `${Math.round((most - before) / MIB)} MiB more`);
  });
}
