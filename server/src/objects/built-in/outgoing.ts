import type { IncomingMessage, ServerResponse } from "node:http";
import type { Clock } from "@parley/protocol";
import type { Lane } from "./fair-flow.ts";
import { MinimumRate, SILENCE_MS } from "./minimum-rate.ts";

/** Bytes that are read and sent at once, for each download under way. */
export const READ_BYTES = 256 * 1024;

/** The body of an answer, written piece by piece as the client takes it. */
export class Outgoing {
  readonly #lane: Lane;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #rate: MinimumRate;

  constructor(request: IncomingMessage, response: ServerResponse, lane: Lane, clock: Clock) {
    this.#lane = lane;
    this.#request = request;
    this.#response = response;
    // Half of an object must not look like the whole: it ends without a word, and the client goes on from there.
    this.#rate = new MinimumRate(clock, READ_BYTES, () => response.destroy());
  }

  /** Others are waited for meanwhile, which is not the client's silence. Then `moved`. */
  async turn(bytes: number): Promise<void> {
    const turn = this.#lane.turn(bytes);
    if (turn === null) return;
    this.#request.socket.setTimeout(0);
    await turn;
    this.#request.socket.setTimeout(SILENCE_MS);
  }

  moved(): void {
    this.#lane.done();
  }

  /** No timer outlives it. */
  end(): void {
    this.#rate.end();
  }

  /** Resolves when the client may be given more. Rejects when it is gone. */
  async write(bytes: Buffer): Promise<void> {
    if (this.#response.destroyed) throw gone();
    if (this.#response.write(bytes)) return;
    this.#rate.wait();
    try {
      await this.#drained();
      this.#rate.got(bytes.length);
    } finally {
      this.#rate.rest();
    }
  }

  #drained(): Promise<void> {
    const response = this.#response;
    return new Promise((resolve, reject) => {
      const end = (): void => {
        response.off("drain", drain);
        response.off("close", close);
      };
      const drain = (): void => {
        end();
        resolve();
      };
      const close = (): void => {
        end();
        reject(gone());
      };
      response.on("drain", drain);
      response.on("close", close);
    });
  }
}

function gone(): Error {
  return Object.assign(new Error("The client is gone."), { code: "ERR_STREAM_PREMATURE_CLOSE" });
}
