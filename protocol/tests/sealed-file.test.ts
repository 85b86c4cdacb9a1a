import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { concat, fromHex, toHex } from "../src/secure/bytes.ts";
import type { ClientCrypto } from "../src/secure/crypto.ts";
import { nodeCrypto } from "../src/secure/crypto-node.ts";
import {
  CHUNK_BYTES,
  type Chunk,
  chunkAt,
  chunkCount,
  chunkOf,
  chunkOfSealed,
  openChunk,
  SEALED_CHUNK_BYTES,
  sealChunk,
  sealedSize,
} from "../src/secure/sealed-file.ts";
import { PROVIDERS } from "./providers.ts";

interface Vectors {
  readonly key: string;
  readonly valid: readonly {
    readonly size: number;
    readonly sha256: string;
    readonly sealed_size: number;
    readonly sealed_sha256: string;
    readonly plain?: string;
    readonly sealed?: string;
    readonly chunks: readonly { readonly chunk: number; nonce: string; length: number; first: string; tag: string }[];
  }[];
  readonly far_nonces: readonly { readonly chunk: number; readonly nonce: string }[];
  readonly invalid: readonly {
    readonly name: string;
    readonly how: string;
    readonly size: number;
    readonly key: string;
    readonly sealed_sha256: string;
    readonly opens: readonly number[];
  }[];
}

const FILE = new URL("../../vectors/sealed-file.json", import.meta.url);
const vectors = JSON.parse(readFileSync(FILE, "utf8")) as Vectors;
const key = fromHex(vectors.key);
const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

function plaintext(size: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, k) => 167 * k + 13 * (k >>> 8) + (k >>> 16));
}

async function sealAll(crypto: ClientCrypto, plain: Uint8Array): Promise<Uint8Array> {
  const sealed: Uint8Array[] = [];
  for (let number = 0; number < chunkCount(plain.length); number++) {
    const chunk = chunkAt(plain.length, number);
    sealed.push(await sealChunk(crypto, key, chunk, plain.subarray(chunk.from, chunk.to)));
  }
  return concat(...sealed);
}

/** What it hands to the cipher. */
async function nonceOf(chunk: Chunk): Promise<string> {
  let used = "";
  const crypto: Pick<ClientCrypto, "seal" | "open"> = {
    ...nodeCrypto,
    seal(_key, nonce, aad, plain) {
      used = toHex(nonce);
      return nodeCrypto.seal(_key, nonce, aad, plain);
    },
  };
  await sealChunk(crypto, key, chunk, Uint8Array.of(1));
  return used;
}

for (const { name, crypto } of PROVIDERS) {
  test(`[B3] [B4] ${name}: the vectors are sealed as they are, and opened`, async () => {
    for (const { size, sealed_size, sealed_sha256, chunks, ...one } of vectors.valid) {
      const plain = plaintext(size);
      assert.equal(sha256(plain), one.sha256);
      assert.equal(sealedSize(size), sealed_size);
      const sealed = await sealAll(crypto, plain);
      assert.equal(sha256(sealed), sealed_sha256);
      if (one.sealed !== undefined) assert.deepEqual([toHex(plain), toHex(sealed)], [one.plain, one.sealed]);
      assert.equal(chunkCount(size), chunks.length);
      for (const { chunk: number, length, first, tag } of chunks) {
        const chunk = chunkAt(size, number);
        const bytes = sealed.subarray(chunk.sealedFrom, chunk.sealedTo);
        assert.equal(bytes.length, length);
        assert.ok(toHex(bytes.subarray(0, 32)).startsWith(first));
        assert.equal(toHex(bytes.subarray(-16)), tag);
        const opened = await openChunk(crypto, key, chunk, bytes);
        assert.equal(opened && sha256(opened), sha256(plain.subarray(chunk.from, chunk.to)));
      }
    }
  });

  test(`[B8] ${name}: of a file that is wrong, the chunks that are wrong do not open`, async () => {
    const size = 2 * CHUNK_BYTES + 5;
    const good = await sealAll(crypto, plaintext(size));
    const chunkBytes = (number: number) => {
      const { sealedFrom, sealedTo } = chunkAt(size, number);
      return good.subarray(sealedFrom, sealedTo);
    };
    for (const wrong of vectors.invalid) {
      const [what, ...numbers] = wrong.how.split(" ");
      let sealed = good.slice();
      const [at = 0] = numbers.map(Number);
      if (what === "flip") sealed[at] = (sealed[at] as number) ^ 1;
      if (what === "chunks") sealed = concat(...numbers.map((number) => chunkBytes(Number(number)))).slice();
      if (what === "last") {
        const third = chunkAt(size, 2);
        const notLast = { ...third, last: false };
        sealed.set(await sealChunk(crypto, key, notLast, plaintext(size).subarray(third.from)), third.sealedFrom);
      }
      assert.equal(sha256(sealed), wrong.sealed_sha256, wrong.name);
      const opens: number[] = [];
      for (let number = 0; number < chunkCount(wrong.size); number++) {
        const chunk = chunkAt(wrong.size, number);
        const bytes = sealed.subarray(chunk.sealedFrom, chunk.sealedTo);
        if ((await openChunk(crypto, fromHex(wrong.key), chunk, bytes)) !== null) opens.push(number);
      }
      assert.deepEqual(opens, wrong.opens, wrong.name);
    }
  });
}

test("[B4] the nonce is the number of the chunk and whether it is the last, also beyond 32 bits", async () => {
  for (const { chunks, size } of vectors.valid) {
    for (const { chunk, nonce } of chunks) assert.equal(await nonceOf(chunkAt(size, chunk)), nonce);
  }
  const place = { last: false, from: 0, to: 1, sealedFrom: 0, sealedTo: 17 };
  for (const { chunk, nonce } of vectors.far_nonces) assert.equal(await nonceOf({ ...place, number: chunk }), nonce);
});

test("[B5] chunks lie one after the other, before and after sealing, and none is empty", () => {
  for (const size of [1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 5 * CHUNK_BYTES, 64 * 1024 ** 3]) {
    const count = chunkCount(size);
    for (const number of new Set([0, Math.floor(count / 2), count - 1])) {
      const chunk = chunkAt(size, number);
      assert.equal(chunk.from, number * CHUNK_BYTES);
      assert.equal(chunk.sealedFrom, number * SEALED_CHUNK_BYTES);
      assert.ok(chunk.to > chunk.from);
      assert.equal(chunk.sealedTo - chunk.sealedFrom, chunk.to - chunk.from + 16);
      assert.equal(chunk.last, number === count - 1);
      assert.deepEqual([chunkOf(chunk.from), chunkOf(chunk.to - 1)], [number, number]);
      assert.deepEqual([chunkOfSealed(chunk.sealedFrom), chunkOfSealed(chunk.sealedTo - 1)], [number, number]);
    }
    const last = chunkAt(size, count - 1);
    assert.deepEqual([last.to, last.sealedTo], [size, sealedSize(size)]);
  }
});

test("[B6] a chunk of another length than its place has is not opened", async () => {
  const size = CHUNK_BYTES + 9;
  const chunk = chunkAt(size, 1);
  const sealed = await sealChunk(nodeCrypto, key, chunk, new Uint8Array(9));
  for (const wrong of [sealed.subarray(1), sealed.subarray(0, -1), concat(sealed, Uint8Array.of(0)), new Uint8Array(0)])
    assert.equal(await openChunk(nodeCrypto, key, chunk, wrong), null);
  // The same bytes, sealed as what they are not: a shorter chunk of a shorter file.
  const shorter = chunkAt(CHUNK_BYTES + 8, 1);
  assert.equal(await openChunk(nodeCrypto, key, shorter, sealed), null);
});
