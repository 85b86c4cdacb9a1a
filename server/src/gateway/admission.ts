import type { Clock, Random } from "@parley/protocol";
import { Buckets } from "../buckets.ts";
import type { GatewayLimits } from "./limits.ts";

/** Added at random to a wait: clients refused together do not return together. */
const WAIT_JITTER_MS = 1_000;

/** Who may open a socket and who may have a handshake: what strangers together may cost this node. */
export class Admission {
  readonly #limits: GatewayLimits;
  readonly #random: Random;
  readonly #byAddress: Buckets;
  readonly #byNode: Buckets;
  readonly #bySession: Buckets;
  /** Sockets that are not signed in, by address; bounded by `limits.strangers`. */
  readonly #strangers = new Map<string, number>();
  #strangerCount = 0;

  constructor(limits: GatewayLimits, clock: Clock, random: Random) {
    const { handshakesPerSecond, handshakeBurst, nodeHandshakesPerSecond, countedKeys: keys } = limits;
    this.#limits = limits;
    this.#random = random;
    this.#byAddress = new Buckets({ perSecond: handshakesPerSecond, burst: handshakeBurst, keys }, clock);
    this.#byNode = new Buckets({ perSecond: nodeHandshakesPerSecond, burst: nodeHandshakesPerSecond, keys: 1 }, clock);
    this.#bySession = new Buckets(
      { perSecond: limits.resumptionsPerSecond, burst: limits.resumptionBurst, keys },
      clock,
    );
  }

  /** True: a stranger's socket is counted until `release`. */
  admitSocket(address: string): boolean {
    const ofAddress = this.#strangers.get(address) ?? 0;
    if (this.#strangerCount >= this.#limits.strangers || ofAddress >= this.#limits.strangersPerAddress) return false;
    this.#strangers.set(address, ofAddress + 1);
    this.#strangerCount += 1;
    return true;
  }

  /** The socket signed in or is gone. */
  release(address: string): void {
    const left = (this.#strangers.get(address) ?? 1) - 1;
    if (left > 0) this.#strangers.set(address, left);
    else this.#strangers.delete(address);
    this.#strangerCount -= 1;
  }

  /** A full handshake: 0, or the milliseconds to wait. */
  admitHandshake(address: string): number {
    const wait = this.#byAddress.take(address) || this.#byNode.take("node");
    return wait === 0 ? 0 : wait + Math.floor(this.#random.fraction() * WAIT_JITTER_MS);
  }

  /** A look at the session of a ticket, whose seal is known to be good. */
  admitResumption(sessionId: string): boolean {
    return this.#bySession.take(sessionId) === 0;
  }
}
