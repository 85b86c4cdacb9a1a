import { type FileHashes, pureFileHashes, type RunningHash } from "@parley/protocol/secure";
import type { IHasher } from "hash-wasm";

/** Five times as fast as JavaScript, which takes over where a browser has no WebAssembly. */
export const webFileHashes: FileHashes = {
  async sha256() {
    try {
      return running(await (await import("./hash-wasm.ts")).createSHA256());
    } catch {
      return pureFileHashes.sha256();
    }
  },
  async md5() {
    try {
      return running(await (await import("./hash-wasm.ts")).createMD5());
    } catch {
      return pureFileHashes.md5();
    }
  },
};

function running(hasher: IHasher): RunningHash {
  hasher.init();
  return {
    update: (bytes) => void hasher.update(bytes),
    digest: () => hasher.digest("binary"),
  };
}
