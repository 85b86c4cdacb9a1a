import type { FileId } from "../../ids.ts";
import { ClientError } from "../state.ts";
import { type Asking, askUntilAnswered } from "./asking.ts";
import type { FilePlace } from "./client-files.ts";
import type { FileGot, FileHttp } from "./file-http.ts";
import { throwIfCancelled } from "./patience.ts";
import { StallGuard } from "./stall-guard.ts";
import { answerOf, REFUSALS_MAX } from "./store-answer.ts";

/** Asked for by one GET: few requests for a large file, and little that is thrown away where reading stops. */
const PIECE_BYTES = 8 * 1024 ** 2;
/** A URL this near to its end is not used any more. */
const MARGIN_MS = 10_000;

export interface StoredBytesParts extends Pick<Asking, "requester" | "patience"> {
  readonly http: FileHttp;
  serverNow(): number;
}

/** The bytes of one file as the store has them, by Range; goes on after a cut where it was, with new URLs as they expire. */
export class StoredBytes {
  readonly #parts: StoredBytesParts;
  readonly #file: FilePlace & { readonly fileId: FileId };
  readonly #asking: Asking;
  #access: { readonly url: string; readonly expiresAt: number } | null = null;

  constructor(parts: StoredBytesParts, file: FilePlace & { readonly fileId: FileId }, signal?: AbortSignal) {
    this.#parts = parts;
    const { chatId, seq, fileId } = file;
    this.#file = { chatId, seq, fileId };
    const { requester, patience } = parts;
    this.#asking = { requester, patience, signal: signal ?? new AbortController().signal };
  }

  async *read(from: number, to: number): AsyncGenerator<Uint8Array, void, undefined> {
    const { patience, signal } = this.#asking;
    const backoff = patience.backoff();
    let refusals = 0;
    for (let at = from; at < to; ) {
      const before = at;
      const end = Math.min(to, at + PIECE_BYTES);
      let answer: ReturnType<typeof answerOf> = "busy";
      let retryAfterMs = 0;
      const url = await this.#url();
      throwIfCancelled(signal);
      const guard = new StallGuard(patience.clock, signal);
      try {
        guard.expect();
        const headers = { Range: `bytes=${at}-${end - 1}` };
        const got = await this.#parts.http.get({ url, headers, signal: guard.signal });
        answer = gotRange(got, at);
        retryAfterMs = got.retryAfterMs ?? 0;
        if (answer === "ok") {
          for await (const bytes of got.body) {
            const wanted = bytes.subarray(0, end - at);
            at += wanted.length;
            guard.rest();
            if (wanted.length > 0) yield wanted;
            throwIfCancelled(signal);
            if (at >= end) break;
            guard.expect();
          }
        } else {
          // Begins to read and stops, which is how the rest is given up.
          for await (const _ of got.body) break;
        }
      } catch (error) {
        throwIfCancelled(signal);
        // What comes here otherwise is a line that broke.
        if (error instanceof ClientError) throw error;
      } finally {
        guard.end();
      }
      if (at > before) {
        backoff.reset();
        refusals = 0;
        if (at >= end) continue;
      }
      if (answer === "refused") {
        this.#access = null;
        if (++refusals >= REFUSALS_MAX) throw new ClientError("storeRefused");
      }
      await patience.wait(backoff.next(retryAfterMs), signal);
    }
  }

  async #url(): Promise<string> {
    if (this.#access === null || this.#access.expiresAt <= this.#parts.serverNow() + MARGIN_MS) {
      this.#access = await askUntilAnswered(this.#asking, "file.url", this.#file);
    }
    return this.#access.url;
  }
}

/** A whole file in answer to a Range is of use only from its beginning. */
function gotRange({ status }: FileGot, at: number): ReturnType<typeof answerOf> {
  if (status === 206 || (status === 200 && at === 0)) return "ok";
  return status === 200 ? "refused" : answerOf(status);
}
