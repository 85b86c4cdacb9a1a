import type { IncomingMessage } from "node:http";
import type { Clock } from "@parley/protocol";
import { MinimumRate } from "./minimum-rate.ts";
import { S3Refusal } from "./s3-refusal.ts";

/** Bytes that are taken together: fewer and larger writes. While nobody takes, the client has to wait from then on. */
const PIECE_BYTES = 512 * 1024;

/** The body of a request, taken in as large pieces as there are, by one who takes; it can be ended from outside. */
export class Incoming {
  readonly #request: IncomingMessage;
  #chunks: Buffer[] = [];
  #bytes = 0;
  #ended = false;
  #failure: Error | null = null;
  #wake: (() => void) | null = null;
  readonly #rate: MinimumRate;

  constructor(request: IncomingMessage, clock: Clock) {
    this.#request = request;
    this.#rate = new MinimumRate(clock, 0, () => {
      this.stop(new S3Refusal("RequestTimeout", "The body comes too slowly."));
    });
    // Silence counts only while the client is waited for.
    request.setTimeout(0);
    request.on("data", this.#add);
    request.on("end", this.#end);
    request.on("close", this.#leave);
  }

  /** Why it is stopped, if it is. */
  get failure(): Error | null {
    return this.#failure;
  }

  /** Whoever takes is told so, now or next. */
  stop(why: Error): void {
    this.#failure ??= why;
    this.#wake?.();
  }

  /** A piece, or the rest; empty at the end. Throws `S3Refusal` when the client is gone before it, or too slow. */
  async take(): Promise<Buffer[]> {
    if (!this.#hasPiece()) {
      this.#rate.wait();
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = null;
      this.#rate.rest();
    }
    if (this.#failure !== null) throw this.#failure;
    const chunks = this.#chunks;
    if (this.#bytes >= PIECE_BYTES) this.#request.resume();
    this.#chunks = [];
    this.#bytes = 0;
    return chunks;
  }

  /** What still comes is somebody else's. */
  release(): void {
    this.#chunks = [];
    this.#rate.end();
    this.#request.off("data", this.#add).off("end", this.#end).off("close", this.#leave);
  }

  #hasPiece(): boolean {
    return this.#bytes >= PIECE_BYTES || this.#ended || this.#failure !== null;
  }

  readonly #add = (chunk: Buffer): void => {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    this.#rate.got(chunk.length);
    if (this.#bytes < PIECE_BYTES) return;
    this.#request.pause();
    this.#wake?.();
  };

  readonly #end = (): void => {
    this.#ended = true;
    this.#wake?.();
  };

  readonly #leave = (): void => {
    if (!this.#ended) this.stop(new S3Refusal("IncompleteBody", "The body ended too early."));
  };
}
