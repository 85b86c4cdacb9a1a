import type { IncomingMessage } from "node:http";
import { S3Refusal } from "./s3-refusal.ts";

/** Bytes that are had and not taken yet, from which on the client has to wait. */
const WAITING_MAX_BYTES = 512 * 1024;

/** The body of a request, taken in as large pieces as there are, by one who takes; it can be ended from outside. */
export class Incoming {
  readonly #request: IncomingMessage;
  #chunks: Buffer[] = [];
  #bytes = 0;
  #ended = false;
  #failure: Error | null = null;
  #wake: (() => void) | null = null;

  constructor(request: IncomingMessage) {
    this.#request = request;
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

  /** All that has come since; empty at the end. Throws `S3Refusal` when the client is gone before it. */
  async take(): Promise<Buffer[]> {
    if (this.#bytes === 0 && !this.#ended && this.#failure === null) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = null;
    }
    if (this.#failure !== null) throw this.#failure;
    const chunks = this.#chunks;
    if (this.#bytes >= WAITING_MAX_BYTES) this.#request.resume();
    this.#chunks = [];
    this.#bytes = 0;
    return chunks;
  }

  /** What still comes is somebody else's. */
  release(): void {
    this.#chunks = [];
    this.#request.off("data", this.#add).off("end", this.#end).off("close", this.#leave);
  }

  readonly #add = (chunk: Buffer): void => {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    if (this.#bytes >= WAITING_MAX_BYTES) this.#request.pause();
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
