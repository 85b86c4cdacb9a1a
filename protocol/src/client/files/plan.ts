import type { FilePart } from "../../schema/file.ts";
import {
  type ClientCrypto,
  chunkAt,
  chunkCount,
  type FileHashes,
  fromBase64Url,
  sealChunk,
  sealedSize,
  toBase64Url,
  toHex,
} from "../../secure/index.ts";
import { breathe } from "./breathe.ts";
import { type FileSource, readSlice } from "./file-source.ts";
import { partBytes } from "./parts.ts";
import { throwIfCancelled } from "./patience.ts";
import { sealedSource } from "./sealed-source.ts";

interface Digest {
  readonly size: number;
  /** Lower-case hex. */
  readonly sha256: string;
}

/** What is known of a file before its first byte leaves. Plain JSON, since it outlives the process. */
export interface Plan {
  readonly plain: Digest;
  /** What goes to the store: the same bytes, or those sealed under the key. */
  readonly stored: Digest & { readonly md5: string };
  readonly parts?: readonly FilePart[];
  /** base64url. */
  readonly key?: string;
}

export interface Planning {
  readonly hashes: FileHashes;
  readonly crypto: ClientCrypto;
  readonly signal: AbortSignal;
  /** Of the source's bytes. */
  progress(doneBytes: number): void;
}

/** Reads the source once, chunk by chunk, whatever its size. */
export async function makePlan(source: FileSource, key: Uint8Array | null, planning: Planning): Promise<Plan> {
  const { hashes, crypto, signal, progress } = planning;
  const [plainSha256, storedSha256, md5] = await Promise.all([hashes.sha256(), hashes.sha256(), hashes.md5()]);
  const size = key === null ? source.size : sealedSize(source.size);
  const cut = partBytes(size, key !== null);
  const parts: FilePart[] = [];
  let part = { size: 0, md5: await hashes.md5() };
  const endPart = async (): Promise<void> => {
    parts.push({ number: parts.length + 1, size: part.size, md5: toHex(await part.md5.digest()) });
  };
  for (let number = 0; number < chunkCount(source.size); number++) {
    throwIfCancelled(signal);
    const chunk = chunkAt(source.size, number);
    const plain = await readSlice(source, chunk.from, chunk.to);
    const stored = key === null ? plain : await sealChunk(crypto, key, chunk, plain);
    // A part holds whole chunks, sealed or not.
    if (part.size === cut) {
      await endPart();
      part = { size: 0, md5: await hashes.md5() };
    }
    const hashed = [storedSha256.update(stored), md5.update(stored)];
    if (key !== null) hashed.push(plainSha256.update(plain));
    if (cut !== null) hashed.push(part.md5.update(stored));
    part.size += stored.length;
    await Promise.all(hashed);
    progress(chunk.to);
    await breathe();
  }
  if (cut !== null) await endPart();
  const stored = { size, sha256: toHex(await storedSha256.digest()), md5: toHex(await md5.digest()) };
  return {
    plain: { size: source.size, sha256: key === null ? stored.sha256 : toHex(await plainSha256.digest()) },
    stored,
    ...(cut === null ? {} : { parts }),
    ...(key === null ? {} : { key: toBase64Url(key) }),
  };
}

/** The bytes that the plan tells of. */
export function storedSource(source: FileSource, { key }: Plan, crypto: ClientCrypto): FileSource {
  return key === undefined ? source : sealedSource(source, keyOf(key), crypto);
}

export function keyOf(text: string): Uint8Array {
  const key = fromBase64Url(text);
  if (key === null) throw new Error("a key that is no base64url");
  return key;
}
