import type { IHasher } from "hash-wasm";
import type { HashAnswer, HashJob } from "./hash-job.ts";
import { createMD5, createSHA256 } from "./hash-wasm.ts";

/** Entry of the worker that hashes files. Its tasks come one after the other, as do those of one hash. */
interface WorkerScope {
  onmessage: ((event: { readonly data: HashJob }) => void) | null;
  postMessage(answer: HashAnswer): void;
}

const scope = globalThis as unknown as WorkerScope;
const hashers = new Map<number, IHasher>();

scope.onmessage = ({ data }) => {
  if (data.job === "drop") hashers.delete(data.hash);
  else
    void answer(data).then(
      (said) => scope.postMessage(said),
      () => scope.postMessage({ id: data.id, ok: false }),
    );
};

async function answer(asked: Exclude<HashJob, { job: "drop" }>): Promise<HashAnswer> {
  const { id, hash } = asked;
  if (asked.job === "begin") {
    hashers.set(hash, (await (asked.name === "md5" ? createMD5() : createSHA256())).init());
    return { id, ok: true };
  }
  const hasher = hashers.get(hash);
  if (hasher === undefined) return { id, ok: false };
  if (asked.job === "update") {
    hasher.update(asked.bytes);
    return { id, ok: true };
  }
  hashers.delete(hash);
  return { id, ok: true, digest: hasher.digest("binary") };
}
