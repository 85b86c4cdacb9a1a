import { statfs } from "node:fs/promises";
import { S3Refusal } from "./s3-refusal.ts";

/** Bytes that may still be written below the folder; handed in by tests. */
export type FreeBytes = (folder: string) => Promise<number>;

/** Room for one body, until it is stored or came to nothing. */
export interface Promised {
  /** So many of its bytes are on the disk, where they are counted by the disk itself. */
  wrote(bytes: number): void;
  end(): void;
}

/**
 * The disk is shared with the messages, whose store must be able to write whatever people upload: so a body is taken
 * only if it leaves a reserve, with all others that are on their way.
 */
export class DiskSpace {
  readonly #folder: string;
  readonly #reserveBytes: number;
  readonly #freeBytes: FreeBytes;
  #promisedBytes = 0;

  constructor(folder: string, reserveBytes: number, freeBytes: FreeBytes = freeOnDisk) {
    this.#folder = folder;
    this.#reserveBytes = reserveBytes;
    this.#freeBytes = freeBytes;
  }

  async has(bytes: number): Promise<boolean> {
    // A file system that does not tell says so when it is full.
    const free = await this.#freeBytes(this.#folder).catch(() => Number.POSITIVE_INFINITY);
    return free - this.#promisedBytes - bytes >= this.#reserveBytes;
  }

  /** Throws `S3Refusal`. */
  async promise(bytes: number): Promise<Promised> {
    // Before the look, so that of two at once each sees the other.
    let left = bytes;
    this.#promisedBytes += left;
    const wrote = (some: number): void => {
      const written = Math.min(left, some);
      left -= written;
      this.#promisedBytes -= written;
    };
    const end = (): void => wrote(left);
    if (await this.has(0)) return { wrote, end };
    end();
    throw new S3Refusal("InsufficientStorage", "The disk has no room for this.");
  }
}

async function freeOnDisk(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}
