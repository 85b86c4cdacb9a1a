import type { GatewayLimits } from "./limits.ts";

export type Verdict = "granted" | "refused" | "exhausted";

/**
 * Rate of the requests of one connection: a token bucket in whole tokens and seconds, so that it lies in the object
 * itself. Below zero requests are refused, and far below the connection does not listen to refusals.
 */
export class Allowance {
  readonly #limits: GatewayLimits;
  #tokens: number;
  #second: number;

  constructor(limits: GatewayLimits, second: number) {
    this.#limits = limits;
    this.#tokens = limits.requestBurst;
    this.#second = second;
  }

  /** A long request costs as much work as several short ones. */
  spend(length: number, second: number): Verdict {
    const { requestsPerSecond, requestBurst, requestDebt, requestUnitBytes } = this.#limits;
    if (second !== this.#second) {
      this.#tokens = Math.min(requestBurst, this.#tokens + (second - this.#second) * requestsPerSecond);
      this.#second = second;
    }
    this.#tokens -= 1 + Math.floor(length / requestUnitBytes);
    if (this.#tokens >= 0) return "granted";
    return this.#tokens >= -requestDebt ? "refused" : "exhausted";
  }

  /** Until the next request is granted. */
  get waitMs(): number {
    return Math.ceil((1 - this.#tokens) / this.#limits.requestsPerSecond) * 1_000;
  }
}
