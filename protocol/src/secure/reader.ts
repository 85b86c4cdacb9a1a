import { ChannelError } from "./channel-error.ts";

/** Reads big-endian fields front to back. Every method throws `ChannelError("bad_frame")` where the bytes end too soon. */
export class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get offset(): number {
    return this.#at;
  }

  get done(): boolean {
    return this.#at === this.#bytes.length;
  }

  u8(): number {
    return this.take(1)[0] as number;
  }

  u16(): number {
    return this.u8() * 0x100 + this.u8();
  }

  u32(): number {
    return this.u16() * 0x1_0000 + this.u16();
  }

  /** A time or length: anything beyond 2^53 is refused. */
  u64(): number {
    const value = this.u32() * 0x1_0000_0000 + this.u32();
    if (!Number.isSafeInteger(value)) throw new ChannelError("bad_frame", "number is too large");
    return value;
  }

  v16(): Uint8Array {
    return this.take(this.u16());
  }

  /** A view, not a copy. */
  take(length: number): Uint8Array {
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new ChannelError("bad_frame", "ends too soon");
    const part = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return part;
  }

  rest(): Uint8Array {
    return this.take(this.#bytes.length - this.#at);
  }

  end(): void {
    if (!this.done) throw new ChannelError("bad_frame", "has trailing bytes");
  }
}
