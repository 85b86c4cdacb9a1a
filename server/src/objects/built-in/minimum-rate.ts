import type { Clock } from "@parley/protocol";

/** Without a byte nobody is there. */
export const SILENCE_MS = 30_000;
/** Slower than any line on which people send files, also when six transfers share it. */
const RATE_MIN_BYTES = 1_024;
/** Of waiting for the client, in which it has to take or send what the rate says: a short hole in the line does not matter. */
const WINDOW_MS = 60_000;
const WINDOW_BYTES = (RATE_MIN_BYTES * WINDOW_MS) / 1_000;

/**
 * Who takes a place and makes no use of it loses it: watches one transfer while it waits for its client. The time in
 * which the client waits for this server does not count.
 */
export class MinimumRate {
  readonly #clock: Clock;
  readonly #give: () => void;
  readonly #silenceMs: number;
  readonly #windowMs: number;
  readonly #windowBytes: number;
  #waitedMs = 0;
  #bytes = 0;
  #since = 0;
  #lastAt = 0;
  #isWaiting = false;
  #cancel: (() => void) | null = null;

  /** `pieceBytes`: so many are told of at once, and somebody else looks whether there is silence; 0: every byte is told of. */
  constructor(clock: Clock, pieceBytes: number, give: () => void) {
    this.#clock = clock;
    this.#give = give;
    this.#silenceMs = pieceBytes === 0 ? SILENCE_MS : Number.POSITIVE_INFINITY;
    this.#windowBytes = Math.max(WINDOW_BYTES, pieceBytes);
    this.#windowMs = (this.#windowBytes / RATE_MIN_BYTES) * 1_000;
  }

  /** From now on the client is waited for. */
  wait(): void {
    this.#since = this.#clock.monotonic();
    this.#lastAt = this.#since;
    this.#isWaiting = true;
    // One that is set already looks early enough.
    if (this.#cancel === null) this.#watch(this.#since);
  }

  got(bytes: number): void {
    if (!this.#isWaiting) return;
    this.#lastAt = this.#clock.monotonic();
    this.#bytes += bytes;
    if (this.#bytes < this.#windowBytes) return;
    this.#bytes = 0;
    this.#waitedMs = 0;
    this.#since = this.#lastAt;
  }

  rest(): void {
    if (!this.#isWaiting) return;
    this.#isWaiting = false;
    this.#waitedMs += this.#clock.monotonic() - this.#since;
  }

  end(): void {
    this.rest();
    this.#cancel?.();
    this.#cancel = null;
  }

  /** One timer is enough: it looks what has come since, rather than being set anew with each piece. */
  #watch(now: number): void {
    const silence = this.#lastAt + this.#silenceMs - now;
    const slow = this.#windowMs - this.#waitedMs - (now - this.#since);
    this.#cancel = this.#clock.after(Math.max(1, Math.min(silence, slow)), () => {
      this.#cancel = null;
      if (!this.#isWaiting) return;
      const then = this.#clock.monotonic();
      const isSilent = then - this.#lastAt >= this.#silenceMs;
      if (isSilent || this.#waitedMs + then - this.#since >= this.#windowMs) {
        this.#isWaiting = false;
        this.#give();
      } else this.#watch(then);
    });
  }
}
