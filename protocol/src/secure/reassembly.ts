import { ChannelError } from "./channel-error.ts";

/** Joins the fragments of one message. Idle, it holds nothing; else at most twice the bytes that the peer has sent. */
export class Reassembly {
  readonly #max: number;
  #type = 0;
  #buffer: Uint8Array | null = null;
  #length = 0;

  constructor(maxMessage: number) {
    this.#max = maxMessage;
  }

  /** The whole message when this was its last fragment, else `null`. A message of one record is not copied. */
  add(type: number, more: boolean, body: Uint8Array): Uint8Array | null {
    if (this.#length + body.length > this.#max) throw new ChannelError("too_big", "message is too long");
    if (!this.#buffer) {
      if (!more) return body;
      this.#type = type;
      this.#buffer = new Uint8Array(body.length);
    } else if (this.#type !== type) {
      throw new ChannelError("protocol_violation", "fragments of two types are mixed");
    }
    this.#append(body);
    if (more) return null;
    const message = this.#buffer.subarray(0, this.#length);
    this.#buffer = null;
    this.#length = 0;
    return message;
  }

  #append(body: Uint8Array): void {
    const held = this.#buffer as Uint8Array;
    const needed = this.#length + body.length;
    if (needed > held.length) {
      const grown = new Uint8Array(Math.min(this.#max, Math.max(needed, held.length * 2)));
      grown.set(held.subarray(0, this.#length));
      this.#buffer = grown;
    }
    this.#buffer?.set(body, this.#length);
    this.#length = needed;
  }
}
