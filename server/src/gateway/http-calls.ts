import type { Clock } from "@parley/protocol";
import { Buckets } from "../buckets.ts";
import type { Session } from "../live/caller.ts";
import { requestUnits } from "./allowance.ts";
import type { GatewayLimits } from "./limits.ts";

/** What calls of the HTTP API may cost this node: how many at once, and how fast by address and by session. */
export class HttpCalls {
  readonly #limits: GatewayLimits;
  readonly #byAddress: Buckets;
  readonly #bySession: Buckets;
  /** Over their connections, too. */
  readonly #byUser: Buckets;
  /** Calls under way, by address; bounded by `limits.httpCalls`. */
  readonly #underWay = new Map<string, number>();
  #count = 0;
  #whenIdle: () => void = () => {};

  constructor(limits: GatewayLimits, clock: Clock, byUser: Buckets) {
    this.#byUser = byUser;
    const { requestsPerSecond, requestBurst, countedKeys: keys } = limits;
    const rate = { perSecond: requestsPerSecond, burst: requestBurst, keys };
    this.#limits = limits;
    // Strangers of one address and tokens that are none, together, are heard as fast as one session.
    this.#byAddress = new Buckets(rate, clock);
    this.#bySession = new Buckets(rate, clock);
  }

  /** True: the call is counted until `end`. */
  begin(address: string): boolean {
    const ofAddress = this.#underWay.get(address) ?? 0;
    if (this.#count >= this.#limits.httpCalls || ofAddress >= this.#limits.httpCallsPerAddress) return false;
    this.#underWay.set(address, ofAddress + 1);
    this.#count += 1;
    return true;
  }

  end(address: string): void {
    const left = (this.#underWay.get(address) ?? 1) - 1;
    if (left > 0) this.#underWay.set(address, left);
    else this.#underWay.delete(address);
    this.#count -= 1;
    if (this.#count === 0) this.#whenIdle();
  }

  /** Of a call whose session, if any, is not known yet: 0, or the milliseconds to wait. */
  admitAddress(address: string): number {
    return this.#byAddress.take(address);
  }

  /** The call has a session, by which it is counted from now on. */
  knownAt(address: string): void {
    this.#byAddress.giveBack(address);
  }

  /** A long request costs as much work as several short ones. */
  admitSession({ sessionId, userId }: Session, bytes: number): number {
    const units = requestUnits(bytes, this.#limits);
    return this.#bySession.take(sessionId, units) || this.#byUser.take(userId, units);
  }

  /** Resolves when no call is under way. */
  idle(): Promise<void> {
    if (this.#count === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#whenIdle = resolve;
    });
  }
}
