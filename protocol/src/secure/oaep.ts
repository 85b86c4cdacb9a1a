import { concat, u32 } from "./bytes.ts";
import { ChannelError } from "./channel-error.ts";
import type { Hashing } from "./crypto.ts";

/** RSAES-OAEP of RFC 8017 section 7.1 with SHA-256, MGF1-SHA-256 and the empty label. */
const HASH_BYTES = 32;

/** The encoded message, as long as the modulus. */
export function oaepEncode(hashing: Hashing, message: Uint8Array, seed: Uint8Array, modulusBytes: number): Uint8Array {
  const data = new Uint8Array(modulusBytes - HASH_BYTES - 1);
  data.set(labelHash(hashing));
  data[data.length - message.length - 1] = 1;
  data.set(message, data.length - message.length);
  const maskedData = xor(data, mgf1(hashing, seed, data.length));
  const maskedSeed = xor(seed, mgf1(hashing, maskedData, HASH_BYTES));
  return concat(Uint8Array.of(0), maskedSeed, maskedData);
}

/** One error for everything, found without an early exit: which check failed would be an oracle (Manger). */
export function oaepDecode(hashing: Hashing, encoded: Uint8Array): Uint8Array {
  const maskedSeed = encoded.subarray(1, 1 + HASH_BYTES);
  const maskedData = encoded.subarray(1 + HASH_BYTES);
  const seed = xor(maskedSeed, mgf1(hashing, maskedData, HASH_BYTES));
  const data = xor(maskedData, mgf1(hashing, seed, maskedData.length));
  const label = labelHash(hashing);
  let wrong = encoded[0] as number;
  for (let i = 0; i < HASH_BYTES; i++) wrong |= (data[i] as number) ^ (label[i] as number);
  let start = 0;
  let searching = 1;
  for (let i = HASH_BYTES; i < data.length; i++) {
    const byte = data[i] as number;
    const isOne = byte === 1 ? 1 : 0;
    const isZero = byte === 0 ? 1 : 0;
    start |= searching * isOne * (i + 1);
    wrong |= searching * (1 - isOne) * (1 - isZero);
    searching *= 1 - isOne;
  }
  if ((wrong | searching) !== 0) throw new ChannelError("identity_error", "RSA ciphertext");
  return data.slice(start);
}

function mgf1(hashing: Hashing, seed: Uint8Array, length: number): Uint8Array {
  const blocks = Array.from({ length: Math.ceil(length / HASH_BYTES) }, (_, i) => hashing.sha256(concat(seed, u32(i))));
  return concat(...blocks).subarray(0, length);
}

function labelHash(hashing: Hashing): Uint8Array {
  return hashing.sha256(new Uint8Array(0));
}

function xor(a: Uint8Array, b: Uint8Array): Uint8Array {
  return a.map((byte, i) => byte ^ (b[i] as number));
}
