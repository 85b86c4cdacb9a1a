import { type FileHashes, pureFileHashes, type RunningHash } from "@parley/protocol/secure";
import type { IHasher } from "hash-wasm";
import type { HashName } from "./hash-job.ts";
import { HashesInWorker, type HashWorker } from "./hashes-in-worker.ts";

/** One for all files of this page, made with the first. */
let inWorker: HashesInWorker | null = null;

/**
 * In a worker, so that the page never stands still for a large file. WebAssembly is five times as fast as JavaScript,
 * which takes over where a browser has none.
 */
export const webFileHashes: FileHashes = {
  sha256: () => begin("sha256"),
  md5: () => begin("md5"),
};

async function begin(name: HashName): Promise<RunningHash> {
  try {
    if (inWorker === null || inWorker.gone) inWorker = new HashesInWorker(createWorker());
    return await inWorker[name]();
  } catch {
    return onThisThread(name);
  }
}

async function onThisThread(name: HashName): Promise<RunningHash> {
  try {
    const { createMD5, createSHA256 } = await import("./hash-wasm.ts");
    return running(await (name === "md5" ? createMD5() : createSHA256()));
  } catch {
    return pureFileHashes[name]();
  }
}

function createWorker(): HashWorker {
  const worker = new Worker(new URL("./hash-worker.ts", import.meta.url), { type: "module" });
  // Its handlers are typed for any event; what the hash worker posts is what is read.
  return worker as HashWorker;
}

function running(hasher: IHasher): RunningHash {
  hasher.init();
  return {
    update: (bytes) => void hasher.update(bytes),
    digest: () => hasher.digest("binary"),
  };
}
