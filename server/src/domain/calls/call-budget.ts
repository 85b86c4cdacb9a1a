import { type Clock, ReplyError, type UserId } from "@parley/protocol";
import { Buckets } from "../../buckets.ts";

/** What a change costs: it is told to everybody of the call or the chat. A signal costs 1. */
export const CHANGE_COST = 10;

/** Of one person at once: five connections of a mesh that all begin anew send some ten signals each, and nobody mutes twenty times in a breath. */
const BURST = 200;
/** Afterwards: two changes a second, or what trickles of signals. */
const COSTS_PER_SECOND = 20;
/** People who are counted apart; further ones share one count. */
const COUNTED_MAX = 50_000;

/** What one person may do in calls. */
export class CallBudget {
  readonly #buckets: Buckets;

  constructor(clock: Clock) {
    this.#buckets = new Buckets({ burst: BURST, perSecond: COSTS_PER_SECOND, keys: COUNTED_MAX }, clock);
  }

  /** Throws `RATE_LIMITED`. */
  spend(userId: UserId, cost: number): void {
    const retryAfterMs = this.#buckets.take(userId, cost);
    if (retryAfterMs > 0) throw new ReplyError("RATE_LIMITED", { retryAfterMs });
  }
}
