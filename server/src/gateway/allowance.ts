import type { GatewayLimits } from "./limits.ts";

/** What a request counts. */
export function requestUnits(length: number, { requestUnitBytes }: GatewayLimits): number {
  return 1 + Math.floor(length / requestUnitBytes);
}

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
    const { requestsPerSecond, requestBurst, requestDebt } = this.#limits;
    if (second !== this.#second) {
      this.#tokens = Math.min(requestBurst, this.#tokens + (second - this.#second) * requestsPerSecond);
      this.#second = second;
    }
    this.#tokens -= requestUnits(length, this.#limits);
    if (this.#tokens >= 0) return "granted";
    return this.#tokens >= -requestDebt ? "refused" : "exhausted";
  }

  /** Others of the same person have spent what they have together: this connection, too, has saved up nothing. */
  forfeit(): void {
    this.#tokens = Math.min(this.#tokens, 0) - 1;
  }

  /** Until the next request is granted. */
  get waitMs(): number {
    return Math.ceil((1 - this.#tokens) / this.#limits.requestsPerSecond) * 1_000;
  }
}
