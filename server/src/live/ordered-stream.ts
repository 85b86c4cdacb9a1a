import { metrics } from "../metrics.ts";

export interface StreamEnds {
  /** Entries `from` to `to`, both included, numbered from 1; fewer when the log is shorter. */
  fetch(from: number, to: number): Promise<string[]>;
  deliver(number: number, text: string): void;
}

/** Entries that arrived ahead of a gap; more are dropped and fetched like the gap itself. */
const HELD_MAX = 256;
/** Entries of one read, so that a long gap does not hold up the loop. */
const FETCH_MAX = 200;

/**
 * One numbered log, delivered strictly in order: whatever comes early waits until the gap before it was fetched, whatever
 * comes twice is dropped. Live entries and catch-up after a loss go the same way.
 */
export class OrderedStream {
  readonly #ends: StreamEnds;
  /** Number of the entry to deliver next; null while the head of the log is not known yet. */
  #next: number | null = null;
  /** How far the log is known to go. */
  #head = 0;
  /** Null as long as nothing waits: there is a stream for each chat of everybody here, and most are quiet. */
  #held: Map<number, string> | null = null;
  #fetching = false;
  /** Counts what was forgotten, so that a read from before delivers nothing. */
  #life = 0;

  constructor(ends: StreamEnds) {
    this.#ends = ends;
  }

  /** Number of the last entry delivered; null before `begin`. */
  get delivered(): number | null {
    return this.#next === null ? null : this.#next - 1;
  }

  /** `head` entries are there already; what follows is delivered. Later calls only catch up. */
  begin(head: number): void {
    if (this.#next !== null) return this.catchUp(head);
    this.#next = head + 1;
    this.#drain();
    if (this.#head > head) this.catchUp(this.#head);
  }

  /** The log may have lost its tail: its numbers mean other entries now. Waits for `begin`. */
  forget(): void {
    this.#next = null;
    this.#head = 0;
    this.#held = null;
    this.#life += 1;
  }

  offer(number: number, text: string): void {
    if (this.#next !== null && number < this.#next) return;
    this.#head = Math.max(this.#head, number);
    if (number === this.#next && this.#held === null) return this.#step(number, text);
    this.#held ??= new Map();
    if (this.#held.size < HELD_MAX) this.#held.set(number, text);
    if (this.#next === null) return;
    this.#drain();
    this.catchUp(this.#head);
  }

  /** The log is known to have `head` entries: fetches what is missing. */
  catchUp(head: number): void {
    this.#head = Math.max(this.#head, head);
    if (this.#next === null || this.#head < this.#next || this.#fetching) return;
    this.#fetching = true;
    // A failed fetch is tried again with the next entry or the next look at the head.
    void this.#fetchGap()
      .catch(() => {})
      .finally(() => {
        this.#fetching = false;
      });
  }

  async #fetchGap(): Promise<void> {
    while (this.#next !== null && this.#next <= this.#head) {
      const from = this.#next;
      const life = this.#life;
      const texts = await this.#ends.fetch(from, Math.min(this.#head, from + FETCH_MAX - 1));
      metrics.gapsFetched.add();
      metrics.gapEntries.add(texts.length);
      if (life !== this.#life) continue;
      if (texts.length === 0) {
        // The log is shorter than was said: its tail was lost, and the epoch is about to tell everybody.
        this.#head = from - 1;
        this.#held = null;
        return;
      }
      texts.forEach((text, i) => {
        if (from + i === this.#next) this.#step(from + i, text);
      });
      this.#drain();
    }
  }

  #drain(): void {
    const held = this.#held;
    if (held === null || this.#next === null) return;
    for (const number of held.keys()) if (number < this.#next) held.delete(number);
    for (let number = this.#next; held.has(number); number += 1) {
      const text = held.get(number) ?? "";
      held.delete(number);
      this.#step(number, text);
    }
    if (held.size === 0) this.#held = null;
  }

  #step(number: number, text: string): void {
    this.#next = number + 1;
    this.#ends.deliver(number, text);
  }
}
