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
  /** Owned by the mailbox, as `running`. */
  nextJob: Job | null;
  running: boolean;
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
  /** In the order in which they came: at most REQUESTS_IN_FLIGHT_MAX, so that a walk is cheap, and nothing is allocated. */
  #first: J | null = null;
  #count = 0;

  constructor(owner: MailboxOwner<J>, wheel: TimerWheel, deadlineSeconds: number, readsAtOnce: number) {
    this.#owner = owner;
    this.#wheel = wheel;
    this.#deadlineSeconds = deadlineSeconds;
    this.#readsAtOnce = readsAtOnce;
  }

  get full(): boolean {
    return this.#count >= wireLimits.REQUESTS_IN_FLIGHT_MAX;
  }

  get idle(): boolean {
    return this.#count === 0;
  }

  /** The id belongs to a request that has not been answered. */
  has(id: number): boolean {
    for (let job = this.#first; job !== null; job = next(job)) if (job.id === id) return true;
    return false;
  }

  /** Only while not `full`. */
  add(job: J): void {
    const last = this.#before(null);
    if (last === null) this.#first = job;
    else last.nextJob = job;
    this.#count += 1;
    metrics.requestsInFlight.value += 1;
    this.#wheel.schedule(job, this.#deadlineSeconds);
    this.wake();
  }

  /** True for the first caller: the job's end, its deadline, whichever comes first, answers it. */
  done(job: J): boolean {
    if (job !== this.#first) {
      const before = this.#before(job);
      if (before === null) return false;
      before.nextJob = job.nextJob;
    } else {
      this.#first = next(job);
    }
    job.nextJob = null;
    this.#count -= 1;
    metrics.requestsInFlight.value -= 1;
    this.#wheel.cancel(job);
    this.wake();
    return true;
  }

  /** Begins what may run now. */
  wake(): void {
    for (let job = this.#first; job !== null && !this.#owner.congested; job = next(job)) {
      if (job.running || this.#blocked(job)) continue;
      job.running = true;
      this.#owner.begin(job);
    }
  }

  /** The connection is gone: what runs may end, nobody waits for it. */
  clear(): void {
    metrics.requestsInFlight.value -= this.#count;
    for (let job = this.#first; job !== null; ) {
      const after = next(job);
      job.nextJob = null;
      this.#wheel.cancel(job);
      job = after;
    }
    this.#first = null;
    this.#count = 0;
  }

  #blocked(own: J): boolean {
    const { lane } = own;
    if (lane === FREE) return false;
    let reads = 0;
    // Whatever came before in the same lane has to be done; of reads only those count that run, whenever they came.
    for (let job = this.#first; job !== null; job = next(job)) {
      if (lane === READING) reads += job.lane === READING && job.running ? 1 : 0;
      else if (job === own) return false;
      else if (job.lane === lane) return true;
    }
    return reads >= this.#readsAtOnce;
  }

  /** The job that leads to this one; to null, the last one. Null: it is the first, or is not here. */
  #before(job: J | null): J | null {
    for (let at = this.#first; at !== null; at = next(at)) if (at.nextJob === job) return at;
    return null;
  }
}

function next<J extends Job>(job: J): J | null {
  return job.nextJob as J | null;
}
