/** JSON text in pieces, joined once into a buffer of its own, which can be handed to another thread. */
export class Page {
  readonly #pieces: Uint8Array[] = [];
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  text(text: string): this {
    return this.raw(Buffer.from(text));
  }

  raw(bytes: Uint8Array): this {
    this.#pieces.push(bytes);
    this.#bytes += bytes.length;
    return this;
  }

  append(page: Page): this {
    for (const piece of page.#pieces) this.raw(piece);
    return this;
  }

  /** An entry of a log as a message: its seq, then the stored text, which is not parsed. */
  message(seq: number, stored: Uint8Array): this {
    return this.text(`{"seq":${seq},`).raw(stored.subarray(1));
  }

  /** Never a slice of a shared buffer: it is about to be moved. */
  join(): Uint8Array {
    const whole = new Uint8Array(this.#bytes);
    let at = 0;
    for (const piece of this.#pieces) {
      whole.set(piece, at);
      at += piece.length;
    }
    return whole;
  }
}

/** What `message` takes. */
export function messageBytes(seq: number, stored: Uint8Array): number {
  return `{"seq":${seq},`.length + stored.length - 1;
}
