import type { Clock } from "@parley/protocol";

export interface BucketRate {
  readonly perSecond: number;
  readonly burst: number;
  /** Keys that are counted apart; when there are more, the further ones share one bucket. */
  readonly keys: number;
}

interface Bucket {
  tokens: number;
  atMs: number;
}

/** All keys that found no place of their own. */
const CROWD = "";

/** Token buckets by key. A full bucket is forgotten, so memory follows what happened in the last seconds. */
export class Buckets {
  readonly #rate: BucketRate;
  readonly #clock: Clock;
  readonly #buckets = new Map<string, Bucket>();
  #sweptAtMs: number;

  constructor(rate: BucketRate, clock: Clock) {
    this.#rate = rate;
    this.#clock = clock;
    this.#sweptAtMs = clock.monotonic();
  }

  /** 0 when the tokens were taken, else the milliseconds until there are so many. Never more than `burst` at once. */
  take(key: string, count = 1): number {
    const now = this.#clock.monotonic();
    if (now - this.#sweptAtMs > this.#fillMs) this.#sweep(now);
    const bucket = this.#bucket(key, now);
    bucket.tokens = this.#level(bucket, now);
    bucket.atMs = now;
    if (bucket.tokens < count) return Math.ceil(((count - bucket.tokens) * 1_000) / this.#rate.perSecond);
    bucket.tokens -= count;
    return 0;
  }

  /** Takes back what was taken in advance. */
  giveBack(key: string): void {
    const bucket = this.#bucket(key, this.#clock.monotonic());
    bucket.tokens = Math.min(this.#rate.burst, bucket.tokens + 1);
  }

  #bucket(key: string, now: number): Bucket {
    const name = this.#buckets.size < this.#rate.keys || this.#buckets.has(key) ? key : CROWD;
    let bucket = this.#buckets.get(name);
    if (bucket === undefined) {
      bucket = { tokens: this.#rate.burst, atMs: now };
      this.#buckets.set(name, bucket);
    }
    return bucket;
  }

  #level(bucket: Bucket, now: number): number {
    return Math.min(this.#rate.burst, bucket.tokens + ((now - bucket.atMs) * this.#rate.perSecond) / 1_000);
  }

  #sweep(now: number): void {
    this.#sweptAtMs = now;
    for (const [key, bucket] of this.#buckets) {
      if (this.#level(bucket, now) >= this.#rate.burst) this.#buckets.delete(key);
    }
  }

  /** An empty bucket is full, and forgotten, after this. */
  get #fillMs(): number {
    return (this.#rate.burst / this.#rate.perSecond) * 1_000;
  }
}
