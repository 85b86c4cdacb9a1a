import type { GatewayLimits } from "./limits.ts";

/**
 * Is the other side still there, and does it take what it is given? In seconds of the wheel. A frame from it and a
 * byte that drained both count as life: hidden tabs throttle their timers, and a slow download is not silence.
 */
export class Liveness {
  #heardAt: number;
  #drainedAt: number;
  #drainMark = 0;

  constructor(second: number) {
    this.#heardAt = second;
    this.#drainedAt = second;
  }

  heard(second: number): void {
    this.#heardAt = second;
  }

  /** `drainMark` changes whenever bytes were taken. */
  look(second: number, unsentBytes: number, drainMark: number, limits: GatewayLimits): "alive" | "silent" | "stalled" {
    if (unsentBytes === 0) this.#drainedAt = second;
    else if (drainMark !== this.#drainMark) {
      this.#drainedAt = second;
      this.#heardAt = second;
    }
    this.#drainMark = drainMark;
    if (second - this.#drainedAt >= limits.stalledSeconds) return "stalled";
    return second - this.#heardAt >= limits.silenceSeconds ? "silent" : "alive";
  }
}
