import type { Clock, Random } from "../platform.ts";
import type { ClientStorage } from "./storage.ts";

/** A holder that has not renewed for this long is gone, or frozen by its browser. */
export const LEASE_MS = 6_000;
const RENEW_MS = 2_000;
/** Between writing a claim and believing it: every other claim of the same moment is visible in the storage by then. */
const SETTLE_MS = 150;
/** Waiting tabs look at different moments. */
const LOOK_SPREAD_MS = 500;
/** A page that is there answers within this; one that was closed, or loaded anew, does not. */
const ANSWER_MS = 400;

const KEY = "lease";

interface LeaseRecord {
  readonly holder: string;
  /** Unix ms of the clock that all tabs of a machine share. */
  readonly until: number;
}

export interface TabLeaseOut {
  gained(): void;
  lost(): void;
  /** Asks the other tabs whether one of them holds the lease: `answered` is to follow. */
  ask(): void;
  /** Tells the other tabs that the lease is free. */
  released(): void;
  warning(what: string): void;
}

/**
 * One of the tabs that share a storage writes the cache and sends the outbox: who holds the lease. The storage offers
 * no compare-and-set, so a claim is written, left to settle, and read again; the last writer wins. Should two tabs
 * still believe in it for a moment (a frozen one that wakes), both write true states and the server recognises what is
 * sent twice: the lease saves work, it is not what correctness rests on.
 *
 * Whoever begins asks whether the holder is still there: mostly it is the same page before it was loaded anew, which had no
 * time to give its lease back, and what is written next should not wait until that lapses.
 */
export class TabLease {
  readonly #storage: ClientStorage;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #out: TabLeaseOut;
  readonly #id: string;
  #until = 0;
  #holds = false;
  #running = false;
  /** There is another tab that holds the lease, or did. */
  #answered = false;
  /** The holder of which nothing was heard when it was asked for. */
  #silent: string | null = null;
  #cancelNext: () => void = () => {};

  constructor(storage: ClientStorage, clock: Clock, random: Random, out: TabLeaseOut) {
    this.#storage = storage;
    this.#clock = clock;
    this.#random = random;
    this.#out = out;
    this.#id = Array.from(random.bytes(12), (byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  /** Asked before each write and send: a tab that was frozen past its lease finds out here first. */
  get held(): boolean {
    return this.#holds && this.#clock.now() < this.#until;
  }

  start(): void {
    if (this.#running) return;
    this.#running = true;
    this.#answered = false;
    this.look();
  }

  /** Another tab holds the lease, and says so. */
  answered(): void {
    this.#answered = true;
  }

  /** Gives the lease back at once, if it is ours. */
  async stop(): Promise<void> {
    this.#running = false;
    this.#cancelNext();
    if (!this.#holds) return;
    this.#holds = false;
    const { holder } = (await this.#read()) ?? {};
    if (holder !== this.#id) return;
    await this.#storage.write([{ table: "meta", key: KEY, remove: true }]);
    this.#out.released();
  }

  /** Another tab released the lease, or time has passed. */
  look(): void {
    if (!this.#running) return;
    this.#cancelNext();
    this.#turn().catch((error: unknown) => {
      this.#lose();
      this.#out.warning(`lease: ${String(error)}`);
      this.#lookIn(RENEW_MS);
    });
  }

  async #turn(): Promise<void> {
    const record = await this.#read();
    if (!this.#running) return;
    if (record?.holder === this.#id) return this.#renew();
    this.#lose();
    const { holder = this.#id, until = 0 } = record ?? {};
    const left = until - this.#clock.now();
    // A clock that was set back would leave a record from the future; no lease is longer than this.
    if (left > 0 && left <= LEASE_MS && holder !== this.#silent) return this.#wait(holder, left);
    await this.#write();
    this.#cancelNext = this.#clock.after(SETTLE_MS, () => this.look());
  }

  #wait(holder: string, leftMs: number): void {
    if (this.#answered) return this.#lookIn(leftMs + this.#random.fraction() * LOOK_SPREAD_MS);
    this.#out.ask();
    this.#cancelNext = this.#clock.after(ANSWER_MS, () => {
      if (!this.#answered) this.#silent = holder;
      this.look();
    });
  }

  async #renew(): Promise<void> {
    await this.#write();
    if (!this.#running) return;
    this.#lookIn(RENEW_MS);
    if (this.#holds) return;
    this.#holds = true;
    this.#out.gained();
  }

  async #write(): Promise<void> {
    const until = this.#clock.now() + LEASE_MS;
    await this.#storage.write([{ table: "meta", key: KEY, value: { holder: this.#id, until } }]);
    this.#until = until;
  }

  async #read(): Promise<LeaseRecord | undefined> {
    return (await this.#storage.get("meta", KEY)) as LeaseRecord | undefined;
  }

  #lose(): void {
    if (!this.#holds) return;
    this.#holds = false;
    this.#out.lost();
  }

  #lookIn(delayMs: number): void {
    this.#cancelNext();
    this.#cancelNext = this.#clock.after(delayMs, () => this.look());
  }
}
