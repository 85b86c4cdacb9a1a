import { MessageChannel } from "node:worker_threads";
import { ReplyError } from "@parley/protocol";
import { Piscina } from "piscina";
import { threadHeapMb } from "../../heap.ts";
import { metrics } from "../../metrics.ts";
import { ObjectsUnavailable } from "../objects.ts";
import type { DigestAnswer, DigestJob } from "./digest-job.ts";

/** Objects that are read at the same time. */
const READS_MAX = 2;
/** Objects that wait for that: a thousand small ones take a minute. */
const WAITING_MAX = 1_000;
/** Until who was turned away asks again. */
const BUSY_RETRY_MS = 5_000;
/** The thread gives way to the main loop, which everybody waits for. */
const NICE = 10;
/** A thread that nobody needs gives its memory back. */
const IDLE_MS = 60_000;
/** It holds chunks of streams, and those lie elsewhere. */
const KEPT_MB = 32;

export interface DigestsParts {
  /** A GET of the object by this node itself, good for as long as the longest wait and read take. */
  readonly sign: (key: string) => Promise<string>;
}

/**
 * Reads objects to tell their SHA-256, for a store that cannot vouch for what it holds. In a thread, which the first
 * object starts: other nodes never pay for it.
 */
export class Digests {
  readonly #sign: DigestsParts["sign"];
  readonly #abort = new AbortController();
  readonly #running = new Set<Promise<unknown>>();
  #pool: Piscina | null = null;

  constructor(parts: DigestsParts) {
    this.#sign = parts.sign;
  }

  /** Lower-case hex. Throws `ObjectsUnavailable`, and `OVERLOADED` when too many wait. */
  async sha256(key: string, size: number, signal: AbortSignal): Promise<string> {
    if (this.#running.size >= READS_MAX + WAITING_MAX)
      throw new ReplyError("OVERLOADED", { retryAfterMs: BUSY_RETRY_MS });
    const running = this.#read(key, size, AbortSignal.any([this.#abort.signal, signal]));
    this.#running.add(running);
    metrics.filesRead.add();
    const answer = await running.finally(() => {
      this.#running.delete(running);
      metrics.filesRead.add(-1);
    });
    if ("failed" in answer) throw new ObjectsUnavailable(answer.failed);
    return answer.sha256;
  }

  /** What is being read ends, and fails. Idempotent. */
  async close(): Promise<void> {
    this.#abort.abort();
    await Promise.allSettled(this.#running);
    await this.#pool?.destroy();
  }

  async #read(key: string, size: number, signal: AbortSignal): Promise<DigestAnswer> {
    const url = await this.#sign(key);
    if (signal.aborted) return { failed: "Nobody waits for it any more" };
    this.#pool ??= this.#start();
    const { port1, port2 } = new MessageChannel();
    const end = () => port1.close();
    signal.addEventListener("abort", end);
    try {
      const job: DigestJob = { url, size, port: port2 };
      return (await this.#pool.run(job, { name: "digest", transferList: [port2] })) as DigestAnswer;
    } finally {
      signal.removeEventListener("abort", end);
      end();
    }
  }

  #start(): Piscina {
    return new Piscina({
      filename: new URL("worker.js", import.meta.url).href,
      minThreads: 0,
      maxThreads: 1,
      concurrentTasksPerWorker: READS_MAX,
      // An idle thread would sleep in Atomics.wait, and its sockets and timers with it.
      atomics: "disabled",
      niceIncrement: NICE,
      idleTimeout: IDLE_MS,
      resourceLimits: { maxOldGenerationSizeMb: threadHeapMb(KEPT_MB) },
    });
  }
}
