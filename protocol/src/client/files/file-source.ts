/** Bytes to be sent, read in slices so that none of it has to be in memory whole: a `File` of a page, a file on a disk. */
export interface FileSource {
  /** At least 1. */
  readonly size: number;
  /** Exactly the bytes `from` to `to`, the last one not included; rejects when they cannot be read (any more). */
  slice(from: number, to: number): Promise<Uint8Array>;
}

export function bytesSource(bytes: Uint8Array): FileSource {
  return { size: bytes.length, slice: async (from, to) => bytes.subarray(from, to) };
}
