import { ChannelError } from "./channel-error.ts";

/** Registration and sign-in take a dozen records of a few hundred bytes. */
const MAX_FRAMES = 64;
const MAX_BYTES = 64 * 1024;

/** How much a connection may send before somebody is signed in on it. */
export class StrangerBudget {
  #frames = 0;
  #bytes = 0;

  /** Throws `rate_limited`. */
  spend(bytes: number): void {
    this.#frames++;
    this.#bytes += bytes;
    if (this.#frames > MAX_FRAMES || this.#bytes > MAX_BYTES) {
      throw new ChannelError("rate_limited", "too much before sign-in");
    }
  }
}
