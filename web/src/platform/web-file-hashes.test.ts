import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { test } from "node:test";
import { webFileHashes } from "./web-file-hashes.ts";

test("hashes of bytes in pieces are those of the whole, several at once", async () => {
  const pieces = [1, 0, 64, 1024 * 1024 + 3, 55].map((size) => randomBytes(size));
  const hashes = await Promise.all([
    webFileHashes.sha256(),
    webFileHashes.md5(),
    webFileHashes.md5(),
    webFileHashes.sha256(),
  ]);
  for (const piece of pieces) for (const hash of hashes.slice(0, 3)) await hash.update(piece);
  const whole = Buffer.concat(pieces);
  const expected = (name: string, bytes: Uint8Array) => createHash(name).update(bytes).digest("hex");
  assert.deepEqual(
    (await Promise.all(hashes.map((hash) => hash.digest()))).map((digest) => Buffer.from(digest).toString("hex")),
    [expected("sha256", whole), expected("md5", whole), expected("md5", whole), expected("sha256", Buffer.alloc(0))],
  );
});
