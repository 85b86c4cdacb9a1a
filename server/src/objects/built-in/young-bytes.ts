import { minorCollector } from "../../minor-collector.ts";

/** Buffers of bodies that may be dead before the young generation is looked through. */
const BYTES_MAX = 16 * 1024 ** 2;

/**
 * V8 looks through the young generation when many objects were made, and marks the whole heap when 64 MiB outside of it
 * were. A body is few objects with many bytes: each 64 MiB of upload would cost a marking of everything that the server
 * remembers, which took as much of the processor as the upload's MD5. Looking at the young ones in time, well under a
 * millisecond, frees its buffers instead.
 */
export class YoungBytes {
  readonly #collect = minorCollector();
  #bytes = 0;

  /** So many bytes came in buffers that nobody holds for long. */
  came(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes < BYTES_MAX) return;
    this.#bytes = 0;
    this.#collect();
  }
}
