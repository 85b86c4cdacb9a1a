import { ReplyError } from "@parley/protocol";
import { Piscina } from "piscina";
import { threadHeapMb } from "../heap.ts";
import { metrics } from "../metrics.ts";
import { StoreUnavailable } from "../store/kv.ts";
import type { Handed, JobName, Jobs, Pages, Refused, WorkerSetup } from "./jobs.ts";

/** Pages that wait for a thread; at some hundred a second more would wait longer than a client does. */
const QUEUE_MAX = 2000;
const RETRY_MS = 1000;
/** A job waits for the store most of its time, so a thread takes some at once. */
const JOBS_PER_THREAD = 4;
/** A thread that nobody needs gives its memory back. */
const IDLE_MS = 60_000;
/** What a thread keeps at most: a page is half a MiB, and what is read for it and dropped stays well below this. */
const KEPT_MB = 128;

/** Threads that assemble pages, so that the main loop never does. The first job starts the first thread. */
export class TimelinePool implements Pages {
  readonly #threads: number;
  readonly #setup: WorkerSetup;
  readonly #running = new Set<Promise<unknown>>();
  #pool: Piscina | null = null;

  constructor(threads: number, store: Omit<WorkerSetup, "replicaReads">) {
    this.#threads = threads;
    this.#setup = { ...store, replicaReads: metrics.replicaReads.memory };
  }

  /** Throws `OVERLOADED` when too many wait. */
  async run<N extends JobName>(name: N, job: Jobs[N]): Promise<Uint8Array> {
    this.#pool ??= this.#start();
    if (this.#pool.queueSize >= QUEUE_MAX) throw new ReplyError("OVERLOADED", { retryAfterMs: RETRY_MS });
    const running = this.#pool.run(job, { name }) as Promise<Handed | Refused>;
    this.#running.add(running);
    metrics.poolPending.add();
    const askedAt = performance.now();
    const answer = await running.finally(() => {
      this.#running.delete(running);
      metrics.poolPending.add(-1);
      metrics.poolJobs.add(name);
      metrics.poolJobSeconds.add(name, (performance.now() - askedAt) / 1000);
    });
    if ("page" in answer) return taken(answer);
    if (answer.name === "StoreUnavailable") throw new StoreUnavailable(answer.message);
    throw new ReplyError(answer.name, { message: answer.message });
  }

  /**
   * Lets jobs end, which their store's timeouts see to: a thread that is stopped while it still loads its modules takes
   * the whole process along (Node 20).
   */
  async dispose(): Promise<void> {
    await Promise.allSettled(this.#running);
    await this.#pool?.destroy();
  }

  #start(): Piscina {
    return new Piscina({
      filename: new URL("worker.js", import.meta.url).href,
      minThreads: 0,
      maxThreads: this.#threads,
      concurrentTasksPerWorker: JOBS_PER_THREAD,
      // Otherwise an idle thread sleeps in Atomics.wait: its link to the store is not kept alive, and each job wakes it twice.
      atomics: "disabled",
      idleTimeout: IDLE_MS,
      resourceLimits: { maxOldGenerationSizeMb: threadHeapMb(KEPT_MB) },
      workerData: this.#setup,
    });
  }
}

const NOTHING = new Uint8Array();

function taken(handed: Handed): Uint8Array {
  const { page } = handed;
  handed.page = NOTHING;
  return page;
}
