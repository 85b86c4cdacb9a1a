import { ClientError } from "../state.ts";

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

/** Browsers read a file that has changed on the disk as an error or as fewer bytes. */
export async function readSlice(source: FileSource, from: number, to: number): Promise<Uint8Array> {
  let bytes: Uint8Array;
  try {
    bytes = await source.slice(from, to);
  } catch (error) {
    throw error instanceof ClientError ? error : new ClientError("fileUnreadable", String(error));
  }
  if (bytes.length !== to - from) throw new ClientError("fileChanged", `${bytes.length} bytes at ${from}`);
  return bytes;
}
