import { md5 } from "@noble/hashes/legacy.js";
import { sha256 } from "@noble/hashes/sha2.js";
import type { Awaitable } from "./crypto.ts";

/** A hash of bytes that come one after the other; maybe on another thread, so one call at a time is waited for. */
export interface RunningHash {
  /** The bytes may be used again when it is done. */
  update(bytes: Uint8Array): Awaitable<void>;
  /** Once, at the end. */
  digest(): Awaitable<Uint8Array>;
}

/** The hashes of files, which can be far larger than memory; a platform hands in faster ones than these. */
export interface FileHashes {
  sha256(): Awaitable<RunningHash>;
  /** Because stores of objects speak it (Content-MD5, ETag); nothing rests on its strength. */
  md5(): Awaitable<RunningHash>;
}

export const pureFileHashes: FileHashes = { sha256: () => running(sha256), md5: () => running(md5) };

function running(hash: typeof sha256 | typeof md5): RunningHash {
  const state = hash.create();
  return {
    update: (bytes) => void state.update(bytes),
    digest: () => state.digest(),
  };
}
