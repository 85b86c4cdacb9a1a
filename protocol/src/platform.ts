/**
 * What the protocol needs from where it runs. Logic that orders, waits or draws lots takes these as arguments, so
 * that the simulation can drive it.
 */
export interface Clock {
  /** Unix time in milliseconds; may jump. */
  now(): number;
  /** Milliseconds from an arbitrary start; never goes back. */
  monotonic(): number;
  /** Calls `job` once after `delayMs`; the answer cancels it. */
  after(delayMs: number, job: () => void): () => void;
}

export interface Random {
  /** Cryptographically strong outside simulations. */
  bytes(length: number): Uint8Array;
  /** Uniform in [0, 1), for jitter only. */
  fraction(): number;
}
