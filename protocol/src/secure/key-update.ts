import { ChannelError } from "./channel-error.ts";

/** More than this is an attempt to keep us deriving keys. */
const UPDATES_PER_MINUTE = 16;
const MINUTE_MS = 60_000;

/** Throws `bad_frame`. True when the peer wants us to update as well. */
export function decodeKeyUpdate(body: Uint8Array): boolean {
  if (body.length !== 1 || (body[0] as number) > 1) throw new ChannelError("bad_frame", "KEY_UPDATE");
  return body[0] === 1;
}

/** Counts the peer's updates in fixed minutes. */
export class UpdateBudget {
  #minute = 0;
  #used = 0;

  /** Throws `rate_limited`. `now` is monotonic milliseconds. */
  spend(now: number): void {
    const minute = Math.floor(now / MINUTE_MS);
    if (minute !== this.#minute) {
      this.#minute = minute;
      this.#used = 0;
    }
    if (++this.#used > UPDATES_PER_MINUTE) throw new ChannelError("rate_limited", "too many key updates");
  }
}
