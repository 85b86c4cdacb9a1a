import type { ClientCrypto } from "./crypto.ts";
import { IV_BYTES } from "./traffic.ts";
import { TAG_BYTES } from "./wire.ts";

/** Files whose bytes leave without TLS are sealed in chunks, each of which opens alone (SPEC B1..). */
export const SEALED_KEY_BYTES = 16;
/** Of plaintext. */
export const CHUNK_BYTES = 1024 * 1024;
export const SEALED_CHUNK_BYTES = CHUNK_BYTES + TAG_BYTES;

const EMPTY = new Uint8Array(0);

type ChunkCrypto = Pick<ClientCrypto, "seal" | "open">;

export function chunkCount(size: number): number {
  return Math.ceil(size / CHUNK_BYTES);
}

export function sealedSize(size: number): number {
  return size + chunkCount(size) * TAG_BYTES;
}

/** One chunk of a file of `size` bytes: where it lies before sealing and after. */
export interface Chunk {
  readonly number: number;
  readonly last: boolean;
  readonly from: number;
  readonly to: number;
  readonly sealedFrom: number;
  readonly sealedTo: number;
}

export function chunkAt(size: number, number: number): Chunk {
  const from = number * CHUNK_BYTES;
  const to = Math.min(size, from + CHUNK_BYTES);
  const sealedFrom = number * SEALED_CHUNK_BYTES;
  const last = number === chunkCount(size) - 1;
  return { number, last, from, to, sealedFrom, sealedTo: sealedFrom + (to - from) + TAG_BYTES };
}

/** Of the chunk that holds this byte of the plaintext. */
export function chunkOf(offset: number): number {
  return Math.floor(offset / CHUNK_BYTES);
}

/** Of the chunk that holds this byte of the sealed file. */
export function chunkOfSealed(offset: number): number {
  return Math.floor(offset / SEALED_CHUNK_BYTES);
}

export async function sealChunk(
  crypto: ChunkCrypto,
  key: Uint8Array,
  { number, last }: Chunk,
  plaintext: Uint8Array,
): Promise<Uint8Array> {
  return crypto.seal(key, chunkNonce(number, last), EMPTY, plaintext);
}

/** `null` for another key, place, end or byte. */
export async function openChunk(
  crypto: ChunkCrypto,
  key: Uint8Array,
  { number, last, from, to }: Chunk,
  sealed: Uint8Array,
): Promise<Uint8Array | null> {
  if (sealed.length !== to - from + TAG_BYTES) return null;
  return crypto.open(key, chunkNonce(number, last), 0, sealed);
}

/** Never twice the same under one key: a key is of one file. Numbers are exact up to 2^53, far beyond any file. */
function chunkNonce(number: number, last: boolean): Uint8Array {
  const nonce = new Uint8Array(IV_BYTES);
  let rest = number;
  for (let at = IV_BYTES - 2; rest > 0; at--) {
    nonce[at] = rest & 0xff;
    rest = Math.floor(rest / 0x100);
  }
  nonce[IV_BYTES - 1] = last ? 1 : 0;
  return nonce;
}
