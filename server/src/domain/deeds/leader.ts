import type { Clock } from "@parley/protocol";
import type { Log } from "../../log.ts";
import { metrics } from "../../metrics.ts";
import { leadKey } from "../../store/keys.ts";
import type { Kv } from "../../store/kv.ts";

/** Length of a term, and the age at which somebody else's unfinished deed is taken over. */
export const TERM_MS = 10_000;
/** Terms are numbered by clocks, which differ; nobody asks for a term that is minutes old. */
const TERM_KEPT_SECONDS = 300;

/** Intents of nodes that died, what has a time, files that are too old. */
export type LeaderTask = "intents" | "due" | "files";

export interface LeaderParts {
  readonly store: Kv;
  readonly clock: Clock;
  readonly log: Log;
  readonly nodeId: string;
}

export interface Term {
  readonly termMs?: number;
  /** A read that spares the write of a lease when nothing is to be done. */
  readonly needed?: () => Promise<boolean>;
}

/**
 * Does a task once a term, on whichever node takes the term first. A term is never renewed or taken back, so nothing
 * has to be compared; two leaders may overlap for a moment, which the tasks bear.
 */
export class Leader {
  readonly #parts: LeaderParts;
  readonly #task: LeaderTask;
  readonly #job: () => Promise<void>;
  readonly #termMs: number;
  readonly #needed: () => Promise<boolean>;
  #stopTimer = () => {};
  #running: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(parts: LeaderParts, task: LeaderTask, job: () => Promise<void>, term: Term = {}) {
    this.#parts = parts;
    this.#task = task;
    this.#job = job;
    this.#termMs = term.termMs ?? TERM_MS;
    this.#needed = term.needed ?? (async () => true);
  }

  start(): void {
    if (this.#stopped) return;
    this.#stopTimer = this.#parts.clock.after(this.#termMs, () => {
      this.#running = this.#serve().finally(() => this.start());
    });
  }

  /** Resolves when the job of this term has ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#stopTimer();
    await this.#running;
  }

  async #serve(): Promise<void> {
    const { store, clock, log, nodeId } = this.#parts;
    const term = Math.floor(clock.now() / this.#termMs);
    try {
      if (!(await this.#needed())) return;
      if (await store.setNx(leadKey(this.#task, term), nodeId, TERM_KEPT_SECONDS)) {
        metrics.leaderRuns.add(this.#task);
        await this.#job();
      }
    } catch (error) {
      log.warn("a task of the leader failed", { reason: this.#task, error });
    }
  }
}
