import { createCipheriv, createDecipheriv } from "node:crypto";

/**
 * A stream of any length, sealed with AES-256-GCM in chunks: each has its number in the nonce, and the last one says that it is the
 * last. So none can be changed, left out, moved or cut off, and nothing is handed on before it was found genuine. A key seals one
 * stream only.
 */
const CHUNK_BYTES = 64 * 1024;
const TAG_BYTES = 16;
const NONCE_BYTES = 12;
const [MORE, LAST] = [Buffer.from([0]), Buffer.from([1])];

/** The backup is not what was written, or another key opens it. */
export class Damaged extends Error {
  override readonly name = "Damaged";
}

export async function* seal(key: Uint8Array, source: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let number = 0;
  for await (const { chunk, last } of chunks(source, CHUNK_BYTES)) {
    const cipher = createCipheriv("aes-256-gcm", key, nonce(number), { authTagLength: TAG_BYTES });
    cipher.setAAD(last ? LAST : MORE);
    yield Buffer.concat([cipher.update(chunk), cipher.final(), cipher.getAuthTag()]);
    number += 1;
  }
}

/** Throws `Damaged`. */
export async function* unseal(key: Uint8Array, source: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let number = 0;
  for await (const { chunk, last } of chunks(source, CHUNK_BYTES + TAG_BYTES)) {
    if (chunk.length < TAG_BYTES) throw new Damaged("it is cut off");
    const decipher = createDecipheriv("aes-256-gcm", key, nonce(number), { authTagLength: TAG_BYTES });
    decipher.setAAD(last ? LAST : MORE);
    decipher.setAuthTag(chunk.subarray(-TAG_BYTES));
    let opened: Buffer;
    try {
      opened = Buffer.concat([decipher.update(chunk.subarray(0, -TAG_BYTES)), decipher.final()]);
    } catch {
      throw new Damaged("it was changed or cut off, or this is not its passphrase");
    }
    yield opened;
    number += 1;
  }
}

function nonce(number: number): Buffer {
  const bytes = Buffer.alloc(NONCE_BYTES);
  bytes.writeUIntBE(number, NONCE_BYTES - 6, 6);
  return bytes;
}

/** Of this length, the last one shorter or as long; at least one. */
async function* chunks(
  source: AsyncIterable<Uint8Array>,
  length: number,
): AsyncGenerator<{ readonly chunk: Buffer; readonly last: boolean }> {
  let held: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of source) {
    held.push(piece);
    bytes += piece.length;
    if (bytes <= length) continue;
    // More than one: the last of them may still turn out to be the last of all.
    const all = Buffer.concat(held);
    let at = 0;
    for (; all.length - at > length; at += length) yield { chunk: all.subarray(at, at + length), last: false };
    held = [all.subarray(at)];
    bytes = all.length - at;
  }
  yield { chunk: Buffer.concat(held), last: true };
}
