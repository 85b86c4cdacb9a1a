import { createCipheriv, createHash } from "node:crypto";
import { writeFileSync } from "node:fs";

/**
 * Writes `vectors/sealed-file.json`: `node protocol/dist/tests/write-sealed-file-vectors.js`. Knows of section B of the
 * specification what it says, and shares no code with what is tested by it.
 */
const CHUNK = 1_048_576;
const KEY = Buffer.from("000102030405060708090a0b0c0d0e0f", "hex");
const OTHER_KEY = Buffer.from("101112131415161718191a1b1c1d1e1f", "hex");
/** Bytes shown of either end of a chunk that is too long to be shown whole. */
const SHOWN = 32;

function plaintext(size: number): Buffer {
  const bytes = Buffer.alloc(size);
  for (let k = 0; k < size; k++) bytes[k] = (167 * k + 13 * (k >>> 8) + (k >>> 16)) & 255;
  return bytes;
}

function nonceOf(chunk: number, last: boolean): Buffer {
  return Buffer.from(`${chunk.toString(16).padStart(22, "0")}${last ? "01" : "00"}`, "hex");
}

function sealOne(key: Buffer, nonce: Buffer, bytes: Buffer): Buffer {
  const cipher = createCipheriv("aes-128-gcm", key, nonce);
  return Buffer.concat([cipher.update(bytes), cipher.final(), cipher.getAuthTag()]);
}

function chunksOf(key: Buffer, bytes: Buffer): { chunk: number; nonce: Buffer; sealed: Buffer }[] {
  const count = Math.ceil(bytes.length / CHUNK);
  return Array.from({ length: count }, (_, chunk) => {
    const nonce = nonceOf(chunk, chunk === count - 1);
    return { chunk, nonce, sealed: sealOne(key, nonce, bytes.subarray(chunk * CHUNK, (chunk + 1) * CHUNK)) };
  });
}

const sha256 = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");

function valid(size: number) {
  const plain = plaintext(size);
  const chunks = chunksOf(KEY, plain);
  const sealed = Buffer.concat(chunks.map((one) => one.sealed));
  return {
    size,
    sha256: sha256(plain),
    sealed_size: sealed.length,
    sealed_sha256: sha256(sealed),
    ...(size <= 2 * SHOWN ? { plain: plain.toString("hex"), sealed: sealed.toString("hex") } : {}),
    chunks: chunks.map((one) => ({
      chunk: one.chunk,
      nonce: one.nonce.toString("hex"),
      length: one.sealed.length,
      first: one.sealed.subarray(0, SHOWN).toString("hex"),
      tag: one.sealed.subarray(-16).toString("hex"),
    })),
  };
}

/** Sealed files that are wrong. `opens`: chunks that still open, as each stands alone. */
function invalid() {
  const size = 2 * CHUNK + 5;
  const good = chunksOf(KEY, plaintext(size)).map((one) => one.sealed);
  const [first, second, third] = good as [Buffer, Buffer, Buffer];
  const flip = (bytes: Buffer, at: number) => {
    const flipped = Buffer.from(bytes);
    flipped[at] = (flipped[at] as number) ^ 1;
    return flipped;
  };
  const notLast = sealOne(KEY, nonceOf(2, false), plaintext(size).subarray(2 * CHUNK));
  const case_ = (name: string, how: string, size: number, key: Buffer, chunks: readonly Buffer[], opens: number[]) => {
    const sealed = Buffer.concat(chunks);
    return { name, how, size, key: key.toString("hex"), sealed_sha256: sha256(sealed), opens };
  };
  return [
    case_("another key", "key", size, OTHER_KEY, good, []),
    case_("one bit of a ciphertext", "flip 1048597", size, KEY, [first, flip(second, 5), third], [0, 2]),
    case_("one bit of a tag", "flip 1048591", size, KEY, [flip(first, CHUNK + 15), second, third], [1, 2]),
    case_("two chunks in each other's place", "chunks 1 0 2", size, KEY, [second, first, third], [2]),
    case_("a chunk twice", "chunks 0 0 2", size, KEY, [first, first, third], [0, 2]),
    case_("cut after a chunk, and called whole", "chunks 0 1", 2 * CHUNK, KEY, [first, second], [0]),
    case_("a last chunk that says it is not", "last 0", size, KEY, [first, second, notLast], [0, 1]),
  ];
}

const vectors = {
  note: "Sealed files, SPEC section B. Test values only. Byte k of each plaintext is (167k + 13(k >> 8) + (k >> 16)) & 255. Wrong ones are made of the right one of 2097157 bytes: `flip n` inverts the lowest bit of its byte n, `chunks` puts these of its chunks one after the other, `key` opens under another key, `last 0` seals chunk 2 with a last-chunk byte of 0.",
  key: KEY.toString("hex"),
  valid: [1, 40, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 2 * CHUNK + 5].map(valid),
  far_nonces: [256, 65_535, 2 ** 32 + 1].map((chunk) => ({ chunk, nonce: nonceOf(chunk, false).toString("hex") })),
  invalid: invalid(),
};
writeFileSync(new URL("../../vectors/sealed-file.json", import.meta.url), `${JSON.stringify(vectors, null, 1)}\n`);
