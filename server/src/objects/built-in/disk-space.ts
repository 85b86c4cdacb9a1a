import { statfs } from "node:fs/promises";
import type { Clock } from "@parley/protocol";
import { S3Refusal } from "./s3-refusal.ts";

/** Bytes that may still be written below the folder; handed in by tests. */
export type FreeBytes = (folder: string) => Promise<number>;

export interface DiskSpaceParts {
  readonly folder: string;
  readonly reserveBytes: number;
  readonly clock: Clock;
  readonly freeBytes?: FreeBytes;
}

/** A look costs a call of the system; whoever begins many files asks no more often than this. */
const LOOK_MS = 1_000;

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
  readonly #clock: Clock;
  #look: { readonly at: number; readonly free: Promise<number> } | null = null;
  #promisedBytes = 0;

  constructor({ folder, reserveBytes, clock, freeBytes = freeOnDisk }: DiskSpaceParts) {
    this.#folder = folder;
    this.#reserveBytes = reserveBytes;
    this.#clock = clock;
    this.#freeBytes = freeBytes;
  }

  /** By a look that may be a moment old: to tell early, before a byte moves. */
  async mayHave(bytes: number): Promise<boolean> {
    const now = this.#clock.monotonic();
    if (this.#look === null || now - this.#look.at >= LOOK_MS) this.#look = { at: now, free: this.#free() };
    return this.#leaves(await this.#look.free, bytes);
  }

  #leaves(free: number, bytes: number): boolean {
    return free - this.#promisedBytes - bytes >= this.#reserveBytes;
  }

  /** A file system that does not tell says so when it is full. */
  #free(): Promise<number> {
    return this.#freeBytes(this.#folder).catch(() => Number.POSITIVE_INFINITY);
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
    if (this.#leaves(await this.#free(), 0)) return { wrote, end };
    end();
    throw new S3Refusal("InsufficientStorage", "The disk has no room for this.");
  }
}

async function freeOnDisk(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}
