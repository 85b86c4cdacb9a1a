import { ChannelError } from "./channel-error.ts";
import type { Hashing } from "./crypto.ts";
import { expandLabel } from "./key-schedule.ts";

/** When a sender updates its key. */
export interface RekeyPolicy {
  readonly records: number;
  readonly bytes: number;
  readonly ms: number;
}

export const REKEY: RekeyPolicy = { records: 2 ** 20, bytes: 4 * 2 ** 30, ms: 3_600_000 };

/** Beyond these AES-GCM loses its margin (RFC 8446 section 5.5 allows 2^22.5 of our largest records): nobody goes on. */
export const KEY_MAX_RECORDS = 2 ** 22;
export const KEY_MAX_BYTES = 16 * 2 ** 30;
/** One octet on the wire, and it never wraps. */
export const EPOCH_MAX = 255;

export const IV_BYTES = 12;
const KEY_BYTES = 16;
const EMPTY = new Uint8Array(0);

/** iv XOR the sequence number, which is 64 bits on the right; numbers are exact up to 2^53, far beyond the limits. */
export function recordNonce(iv: Uint8Array, seq: number, into: Uint8Array): Uint8Array {
  into.set(iv);
  let rest = seq;
  for (let at = IV_BYTES - 1; rest > 0; at--) {
    into[at] = (into[at] as number) ^ (rest & 0xff);
    rest = Math.floor(rest / 0x100);
  }
  return into;
}

/** The key of one direction: its epoch, its sequence number and what it has protected so far. */
export class Traffic {
  key: Uint8Array;
  epoch = 0;
  readonly #hashing: Hashing;
  #secret: Uint8Array;
  #iv: Uint8Array;
  #seq = 0;
  #bytes = 0;
  #since: number;

  constructor(hashing: Hashing, secret: Uint8Array, now: number) {
    this.#hashing = hashing;
    this.#secret = secret;
    this.key = expandLabel(hashing, secret, "key", EMPTY, KEY_BYTES);
    this.#iv = expandLabel(hashing, secret, "iv", EMPTY, IV_BYTES);
    this.#since = now;
  }

  /** Counts one record of `bytes` plaintext bytes and writes its nonce. Throws `key_limit` when the key is used up. */
  next(bytes: number, into: Uint8Array): Uint8Array {
    if (this.#seq >= KEY_MAX_RECORDS || this.#bytes + bytes > KEY_MAX_BYTES) {
      throw new ChannelError("key_limit", "key is used up");
    }
    const nonce = recordNonce(this.#iv, this.#seq, into);
    this.#seq++;
    this.#bytes += bytes;
    return nonce;
  }

  /** Should the sender update its key before the next record? `now` is monotonic milliseconds. */
  due(policy: RekeyPolicy, now: number): boolean {
    return this.#seq >= policy.records || this.#bytes >= policy.bytes || now - this.#since >= policy.ms;
  }

  /** The next epoch; the old secret is gone, so what came before stays closed. */
  ratchet(now: number): void {
    if (this.epoch === EPOCH_MAX) throw new ChannelError("key_limit", "epochs are used up");
    this.#secret = expandLabel(this.#hashing, this.#secret, "upd", EMPTY, 32);
    this.key = expandLabel(this.#hashing, this.#secret, "key", EMPTY, KEY_BYTES);
    this.#iv = expandLabel(this.#hashing, this.#secret, "iv", EMPTY, IV_BYTES);
    this.epoch++;
    this.#seq = 0;
    this.#bytes = 0;
    this.#since = now;
  }
}
