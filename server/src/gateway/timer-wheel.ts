import type { Clock } from "@parley/protocol";

/** Something with one deadline at a time. */
export interface Timed {
  /** Owned by the wheel: the slot that holds this, or -1. */
  wheelSlot: number;
  /** The time has come; answers in how many seconds to call again, 0 for never. Must not throw. */
  onTimer(): number;
}

const TICK_MS = 1_000;
/** Longer than the longest timeout, 120 s. A longer delay would fire early. */
const SLOTS = 128;

/**
 * One timer for all connections and requests of the node, in whole seconds: a timer object for each would cost more
 * than the rest of an idle socket, and none of the timeouts is a matter of less than a second.
 */
export class TimerWheel {
  readonly #clock: Clock;
  readonly #slots: Set<Timed>[] = Array.from({ length: SLOTS }, () => new Set());
  #second: number;
  #cancel: () => void;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#second = Math.floor(clock.monotonic() / TICK_MS);
    this.#cancel = clock.after(TICK_MS, this.#turn);
  }

  /** Seconds from an arbitrary start; a small integer, so that a connection can keep it without an allocation. */
  get second(): number {
    return this.#second;
  }

  /** Replaces the deadline that `timed` had. Never fires early, and at most a second late. */
  schedule(timed: Timed, seconds: number): void {
    this.cancel(timed);
    // The current second has partly passed.
    this.#place(timed, seconds + 1);
  }

  cancel(timed: Timed): void {
    if (timed.wheelSlot < 0) return;
    this.#slots[timed.wheelSlot]?.delete(timed);
    timed.wheelSlot = -1;
  }

  stop(): void {
    this.#cancel();
    for (const slot of this.#slots) slot.clear();
  }

  readonly #turn = (): void => {
    this.#cancel = this.#clock.after(TICK_MS, this.#turn);
    const reached = Math.floor(this.#clock.monotonic() / TICK_MS);
    // After a long stall every slot is due once.
    const first = Math.max(this.#second + 1, reached - SLOTS + 1);
    this.#second = reached;
    for (let second = first; second <= reached; second += 1) this.#fire(second % SLOTS);
  };

  #fire(slot: number): void {
    const due = this.#slots[slot];
    if (due === undefined || due.size === 0) return;
    this.#slots[slot] = new Set();
    for (const timed of due) {
      timed.wheelSlot = -1;
      const next = timed.onTimer();
      if (next > 0) this.#place(timed, next);
    }
  }

  #place(timed: Timed, ahead: number): void {
    timed.wheelSlot = (this.#second + Math.min(ahead, SLOTS - 1)) % SLOTS;
    this.#slots[timed.wheelSlot]?.add(timed);
  }
}
