import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { unwrapKey, wrapNewKey } from "./backup-keys.ts";
import { Damaged, seal, unseal } from "./sealed-stream.ts";

const KEY = randomBytes(32);
const CHUNK = 64 * 1024;
const SEALED_CHUNK = CHUNK + 16;

async function* inPieces(bytes: Buffer, length: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length);
}

async function all(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of source) pieces.push(piece);
  return Buffer.concat(pieces);
}

test("streams of every length come back, however they are cut on their way", async () => {
  for (const length of [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 3 * CHUNK + 5]) {
    const plain = randomBytes(length);
    for (const piece of [7_001, CHUNK, 10 * CHUNK]) {
      const sealed = await all(seal(KEY, inPieces(plain, piece)));
      assert.equal(sealed.length, length + 16 * Math.max(1, Math.ceil(length / CHUNK)));
      assert.deepEqual(await all(unseal(KEY, inPieces(sealed, 50_021))), plain);
    }
  }
});

test("what was changed, cut off, moved, repeated or added is refused", async () => {
  const sealed = await all(seal(KEY, inPieces(randomBytes(3 * CHUNK + 5), CHUNK)));
  const chunk = (n: number) => sealed.subarray(n * SEALED_CHUNK, (n + 1) * SEALED_CHUNK);
  const changed = Buffer.from(sealed);
  changed[CHUNK + 99] = (changed[CHUNK + 99] ?? 0) ^ 1;
  const wrong = {
    changed,
    "a byte short": sealed.subarray(0, -1),
    "without its last chunk": sealed.subarray(0, 3 * SEALED_CHUNK),
    "two chunks in the wrong order": Buffer.concat([chunk(1), chunk(0), chunk(2), chunk(3)]),
    "one chunk twice": Buffer.concat([chunk(0), chunk(0), chunk(1), chunk(2), chunk(3)]),
    "with another one behind": Buffer.concat([sealed, chunk(3)]),
    nothing: Buffer.alloc(0),
  };
  for (const [what, bytes] of Object.entries(wrong)) {
    await assert.rejects(all(unseal(KEY, inPieces(bytes, 10_000))), Damaged, what);
  }
  await assert.rejects(all(unseal(randomBytes(32), inPieces(sealed, 10_000))), Damaged);
});

test("a key opens under its passphrase alone, however that was typed", async () => {
  const { key, wrapped } = await wrapNewKey("caf\u00e9 au lait, twice");
  assert.deepEqual(await unwrapKey("cafe\u0301 au lait, twice", wrapped), key);
  await assert.rejects(unwrapKey("cafe au lait, twice", wrapped), Damaged);
  await assert.rejects(unwrapKey("caf\u00e9 au lait, twice", { ...wrapped, N: 2 ** 30 }), Damaged);
});
