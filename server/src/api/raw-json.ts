/** A result that is JSON text already, made by the worker pool: dispatch joins it into the reply without parsing it. */
export class RawJson {
  /** UTF-8, without line breaks. */
  readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }
}
