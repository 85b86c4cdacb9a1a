import type { Clock } from "../platform.ts";

/** The server's time by this client's reckoning: message ids are made from it, so that a wrong local clock harms nobody. */
export class ServerClock {
  readonly #clock: Clock;
  /** Server time minus local monotonic time, once told; else the local clock is all there is. */
  #offset: number | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  now(): number {
    return Math.floor(this.#offset === null ? this.#clock.now() : this.#clock.monotonic() + this.#offset);
  }

  set(serverTimeMs: number): void {
    if (serverTimeMs > 0) this.#offset = serverTimeMs - this.#clock.monotonic();
  }
}
