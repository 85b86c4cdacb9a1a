import type { Clock } from "@parley/protocol";

/** Of one transfer: each turn that it is given ends with `done`. */
export interface Lane {
  /** Resolves when so many bytes may move; null: they may at once. */
  turn(bytes: number): Promise<void> | null;
  done(): void;
  /** The transfer has ended. */
  leave(): void;
}

/** Of this process itself, which waits for nobody. */
export const FREE_LANE: Lane = { turn: () => null, done: () => {}, leave: () => {} };

export interface FlowOptions {
  readonly clock: Clock;
  /** Bytes a second of all files of this node, up and down; 0: as many as there are. */
  readonly rate: number;
  /** The same for each person. */
  readonly userRate: number;
}

/** Pieces that are read, hashed or written at one time: as many as keep the disk busy. The others wait for their turn. */
const AT_ONCE = 8;
/** What each person may move before it is another's turn; a piece is at most a few of them. */
const QUANTUM_BYTES = 256 * 1024;

interface Waiting {
  readonly bytes: number;
  readonly go: () => void;
}

interface Mover {
  /** Transfers under way. */
  transfers: number;
  /** Bytes that it may move before it is the next one's turn. */
  deficit: number;
  hasTurn: boolean;
  readonly waiting: Waiting[];
  readonly bucket: Bucket;
}

/**
 * Whose bytes move next: people take turns, by bytes, however many transfers each of them has (deficit round robin).
 * Where nobody waits and no rate is set, a turn costs a look.
 */
export class FairFlow {
  readonly #clock: Clock;
  readonly #userRate: number;
  readonly #bucket: Bucket;
  readonly #movers = new Map<string, Mover>();
  /** Those who wait, in the order of their turns. */
  readonly #ring: Mover[] = [];
  #underWay = 0;
  #cancel: (() => void) | null = null;

  constructor({ clock, rate, userRate }: FlowOptions) {
    this.#clock = clock;
    this.#userRate = userRate;
    this.#bucket = new Bucket(clock, rate);
  }

  /** For a transfer of this user. There are no more of them than places. */
  join(user: string): Lane {
    const mover = this.#mover(user);
    mover.transfers += 1;
    return {
      turn: (bytes) => this.#turn(mover, bytes),
      done: () => this.#done(),
      leave: () => {
        mover.transfers -= 1;
        this.#forget(user, mover);
      },
    };
  }

  #turn(mover: Mover, bytes: number): Promise<void> | null {
    if (this.#ring.length === 0 && this.#isFree() && mover.bucket.waitMs() === 0) {
      this.#take(mover, bytes);
      return null;
    }
    return new Promise((resolve) => {
      if (mover.waiting.push({ bytes, go: resolve }) === 1) this.#ring.push(mover);
      this.#serve();
    });
  }

  #done(): void {
    this.#underWay -= 1;
    if (this.#ring.length > 0) this.#serve();
  }

  #serve(): void {
    this.#cancel?.();
    this.#cancel = null;
    /** Movers in a row that may not move now, by their own rate. */
    let held = 0;
    let soonestMs = Number.POSITIVE_INFINITY;
    while (this.#isFree()) {
      const mover = this.#ring[0];
      const next = mover?.waiting[0];
      if (mover === undefined || next === undefined) return;
      const waitMs = mover.bucket.waitMs();
      if (waitMs > 0) {
        soonestMs = Math.min(soonestMs, waitMs);
        this.#rotate();
        held += 1;
        if (held < this.#ring.length) continue;
        this.#serveIn(soonestMs);
        return;
      }
      held = 0;
      soonestMs = Number.POSITIVE_INFINITY;
      if (!mover.hasTurn) mover.deficit += QUANTUM_BYTES;
      mover.hasTurn = true;
      if (mover.deficit < next.bytes) {
        this.#rotate();
        continue;
      }
      mover.deficit -= next.bytes;
      mover.waiting.shift();
      // Who has nothing to move saves nothing up.
      if (mover.waiting.length === 0) {
        mover.deficit = 0;
        mover.hasTurn = false;
        this.#ring.shift();
      }
      this.#take(mover, next.bytes);
      next.go();
    }
    const waitMs = this.#bucket.waitMs();
    if (waitMs > 0 && this.#ring.length > 0) this.#serveIn(waitMs);
  }

  #serveIn(ms: number): void {
    this.#cancel = this.#clock.after(ms, () => this.#serve());
  }

  #isFree(): boolean {
    return this.#underWay < AT_ONCE && this.#bucket.waitMs() === 0;
  }

  #take(mover: Mover, bytes: number): void {
    this.#underWay += 1;
    this.#bucket.take(bytes);
    mover.bucket.take(bytes);
  }

  #rotate(): void {
    const first = this.#ring.shift();
    if (first === undefined) return;
    first.hasTurn = false;
    this.#ring.push(first);
  }

  #mover(user: string): Mover {
    const known = this.#movers.get(user);
    if (known !== undefined) return known;
    const bucket = new Bucket(this.#clock, this.#userRate);
    const mover: Mover = { transfers: 0, deficit: 0, hasTurn: false, waiting: [], bucket };
    this.#movers.set(user, mover);
    return mover;
  }

  /** Once what they have moved is within their rate: coming back at once gives nobody more. */
  #forget(user: string, mover: Mover): void {
    if (mover.transfers > 0 || mover.waiting.length > 0 || this.#movers.get(user) !== mover) return;
    const waitMs = mover.bucket.waitMs();
    if (waitMs === 0) this.#movers.delete(user);
    else this.#clock.after(waitMs, () => this.#forget(user, mover));
  }
}

/** Lets through while there is anything in it; a piece that is larger is paid back before the next one. */
class Bucket {
  readonly #clock: Clock;
  readonly #rate: number;
  #debtBytes = 0;
  #at = 0;

  constructor(clock: Clock, rate: number) {
    this.#clock = clock;
    this.#rate = rate;
  }

  /** Until something may be taken. */
  waitMs(): number {
    if (this.#rate === 0 || this.#debtBytes === 0) return 0;
    const now = this.#clock.monotonic();
    this.#debtBytes = Math.max(0, this.#debtBytes - ((now - this.#at) / 1_000) * this.#rate);
    this.#at = now;
    return this.#debtBytes < 1 ? 0 : Math.ceil((this.#debtBytes / this.#rate) * 1_000);
  }

  take(bytes: number): void {
    if (this.#rate === 0) return;
    if (this.#debtBytes === 0) this.#at = this.#clock.monotonic();
    this.#debtBytes += bytes;
  }
}
