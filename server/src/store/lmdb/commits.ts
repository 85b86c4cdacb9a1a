import type { RootDatabase } from "lmdb";
import { metrics } from "../../metrics.ts";
import { StoreUnavailable } from "../kv.ts";

/** Jobs of one transaction: they run on the main thread at about 10 µs each, so this bounds a pause to about 1 ms. */
const BATCH_MAX = 128;
/** Waiting writes, about 1 KB each; a disk that is this far behind is not keeping up. */
const QUEUE_MAX = 50_000;

interface Job {
  run(): void;
  resolve(): void;
  reject(error: unknown): void;
}

/**
 * Group commit: what is asked for while one transaction goes to disk makes up the next one. A promise resolves when
 * its job is on disk. A job that throws is rolled back alone.
 */
export class Commits {
  readonly #root: RootDatabase<Buffer, Buffer>;
  readonly #queue: Job[] = [];
  /** Last job of each key that is on its way. */
  readonly #pending = new Map<string, Promise<unknown>>();
  #draining: Promise<void> | null = null;

  constructor(root: RootDatabase<Buffer, Buffer>) {
    this.#root = root;
  }

  write<T>(key: string, job: () => T): Promise<T> {
    if (this.#queue.length >= QUEUE_MAX) {
      return Promise.reject(new StoreUnavailable("The disk does not keep up with the writes"));
    }
    metrics.storeWaiting.value += 1;
    const written = new Promise<T>((resolve, reject) => {
      let result: T;
      this.#queue.push({
        run: () => {
          result = job();
        },
        resolve: () => resolve(result),
        reject,
      });
    });
    this.#pending.set(key, written);
    const settled = () => {
      if (this.#pending.get(key) === written) this.#pending.delete(key);
    };
    written.then(settled, settled);
    this.#draining ??= this.#drain();
    return written;
  }

  /** Reads at once, or in its place behind the writes of the key that were asked for before it. */
  read<T>(key: string, read: () => T): Promise<T> {
    if (this.#pending.has(key)) return this.write(key, read);
    return new Promise((resolve) => resolve(read()));
  }

  /** Resolves when nothing waits. */
  async idle(): Promise<void> {
    while (this.#draining !== null) await this.#draining;
  }

  async #drain(): Promise<void> {
    while (this.#queue.length > 0) {
      const batch = this.#queue.splice(0, BATCH_MAX);
      const begunAt = performance.now();
      // Asked for in one turn, the jobs share one transaction; each is a child of it, for a throw in a plain
      // `transaction` does not roll back.
      const outcomes = await Promise.allSettled(batch.map((job) => this.#root.childTransaction(() => job.run())));
      metrics.storeSeconds.add(begunAt, performance.now());
      metrics.storeWaiting.value -= batch.length;
      // Reads that follow must not use the snapshot of before the commit.
      this.#root.resetReadTxn();
      outcomes.forEach((outcome, at) => {
        if (outcome.status === "fulfilled") batch[at]?.resolve();
        else batch[at]?.reject(asStoreError(outcome.reason));
      });
    }
    this.#draining = null;
  }
}

function asStoreError(error: unknown): unknown {
  if (!(error instanceof Error) || !("commitError" in error)) return error;
  // lmdb hands the cause over as a promise of its own, which would end the process if nobody caught it.
  Promise.resolve(error.commitError).catch(() => {});
  return new StoreUnavailable("The data folder could not be written; is the disk full?", { cause: error });
}
