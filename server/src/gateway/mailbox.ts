import { limits as wireLimits } from "@parley/protocol";
import { metrics } from "../metrics.ts";
import type { Timed, TimerWheel } from "./timer-wheel.ts";

/** May run beside anything, but not too many at once: a result may be a long page. */
export const READING = Symbol("reading");
/** Waits for nothing here. */
export const FREE = Symbol("free");
/** Jobs of one named lane run one after the other; the others do not wait for them. */
export type Lane = string | typeof READING | typeof FREE;

/** A request that waits or runs. */
export interface Job extends Timed {
  readonly id: number;
  readonly lane: Lane;
}

export interface MailboxOwner<J extends Job> {
  /** Begins a job; the owner calls `done` when it has ended. */
  begin(job: J): void;
  /** Pages would pile up: begin nothing until `wake`. */
  readonly congested: boolean;
}

/**
 * The requests of one connection, in order within their lanes, bounded. A job has a deadline from its arrival, after
 * which its lane goes on without it.
 */
export class Mailbox<J extends Job> {
  readonly #owner: MailboxOwner<J>;
  readonly #wheel: TimerWheel;
  readonly #deadlineSeconds: number;
  readonly #readsAtOnce: number;
  /** At most REQUESTS_IN_FLIGHT_MAX in both together, so that a look through them is cheap. */
  readonly #waiting: J[] = [];
  readonly #running: J[] = [];

  constructor(owner: MailboxOwner<J>, wheel: TimerWheel, deadlineSeconds: number, readsAtOnce: number) {
    this.#owner = owner;
    this.#wheel = wheel;
    this.#deadlineSeconds = deadlineSeconds;
    this.#readsAtOnce = readsAtOnce;
  }

  get full(): boolean {
    return this.#waiting.length + this.#running.length >= wireLimits.REQUESTS_IN_FLIGHT_MAX;
  }

  get idle(): boolean {
    return this.#waiting.length + this.#running.length === 0;
  }

  /** The id belongs to a request that has not been answered. */
  has(id: number): boolean {
    return this.#waiting.some((job) => job.id === id) || this.#running.some((job) => job.id === id);
  }

  /** Only while not `full`. */
  add(job: J): void {
    this.#waiting.push(job);
    metrics.requestsInFlight.value += 1;
    this.#wheel.schedule(job, this.#deadlineSeconds);
    this.wake();
  }

  /** True for the first caller: the job's end, its deadline, whichever comes first, answers it. */
  done(job: J): boolean {
    if (!remove(this.#running, job) && !remove(this.#waiting, job)) return false;
    metrics.requestsInFlight.value -= 1;
    this.#wheel.cancel(job);
    this.wake();
    return true;
  }

  /** Begins what may run now. */
  wake(): void {
    for (let i = 0; i < this.#waiting.length && !this.#owner.congested; ) {
      const job = this.#waiting[i] as J;
      if (this.#blocked(job, i)) {
        i += 1;
        continue;
      }
      this.#waiting.splice(i, 1);
      this.#running.push(job);
      this.#owner.begin(job);
    }
  }

  /** The connection is gone: what runs may end, nobody waits for it. */
  clear(): void {
    metrics.requestsInFlight.value -= this.#waiting.length + this.#running.length;
    for (const job of this.#waiting) this.#wheel.cancel(job);
    for (const job of this.#running) this.#wheel.cancel(job);
    this.#waiting.length = 0;
    this.#running.length = 0;
  }

  #blocked(job: J, index: number): boolean {
    if (job.lane === FREE) return false;
    if (job.lane === READING) {
      return this.#running.reduce((reads, other) => reads + (other.lane === READING ? 1 : 0), 0) >= this.#readsAtOnce;
    }
    if (this.#running.some((other) => other.lane === job.lane)) return true;
    for (let i = 0; i < index; i += 1) if (this.#waiting[i]?.lane === job.lane) return true;
    return false;
  }
}

function remove<J>(jobs: J[], job: J): boolean {
  const index = jobs.indexOf(job);
  if (index < 0) return false;
  jobs.splice(index, 1);
  return true;
}
