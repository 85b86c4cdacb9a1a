import type { FilePart } from "../../schema/file.ts";
import { type FileHashes, toHex } from "../../secure/index.ts";
import { ClientError } from "../state.ts";
import type { Asking } from "./asking.ts";
import type { FileHttp } from "./file-http.ts";
import { type FileSource, readSlice } from "./file-source.ts";
import { throwIfCancelled } from "./patience.ts";
import { StallGuard } from "./stall-guard.ts";
import { answerOf, REFUSALS_MAX } from "./store-answer.ts";
import type { UploadUrls } from "./upload-urls.ts";

/** Enough to fill a line whose round trip is long; each holds one part in memory. */
const PARTS_AT_ONCE = 3;

export interface SendingParts {
  readonly http: FileHttp;
  readonly hashes: FileHashes;
  /** The bytes as they are stored. */
  readonly source: FileSource;
  /** All of the file; one for a file that is not cut. */
  readonly parts: readonly FilePart[];
  readonly urls: UploadUrls;
  readonly asking: Asking;
  progress(sentBytes: number): void;
}

/** Brings the parts that the store does not have yet to it, several at once, until all are there; who fails aborts the signal. */
export class Sending {
  readonly #with: SendingParts;
  readonly #queue: FilePart[];
  /** Bytes of parts that are there, and of those on their way. */
  #arrivedBytes = 0;
  readonly #underWay = new Map<number, number>();

  constructor(parts: SendingParts) {
    this.#with = parts;
    this.#queue = parts.parts.filter(({ number }) => !parts.urls.arrived.has(number));
    for (const { number, size } of parts.parts) if (parts.urls.arrived.has(number)) this.#arrivedBytes += size;
  }

  async run(): Promise<void> {
    this.#tell();
    await Promise.all(Array.from({ length: PARTS_AT_ONCE }, () => this.#sendAll()));
  }

  async #sendAll(): Promise<void> {
    for (let part = this.#queue.shift(); part; part = this.#queue.shift()) {
      await this.#send(part);
      this.#arrivedBytes += part.size;
      this.#tell();
    }
  }

  async #send(part: FilePart): Promise<void> {
    const { urls, asking } = this.#with;
    const { signal, patience } = asking;
    const body = await this.#read(part);
    const backoff = patience.backoff();
    for (let refusals = 0; ; ) {
      throwIfCancelled(signal);
      const missing = this.#queue.map(({ number }) => number);
      const target = await urls.get(part.number, missing, asking);
      if (target === null) return;
      const { answer, retryAfterMs } = await this.#put(part, target, body);
      if (answer === "ok" || answer === "exists") return;
      if (answer === "full") throw new ClientError("storeFull");
      urls.forget(part.number);
      if (answer === "refused" && ++refusals >= REFUSALS_MAX) throw new ClientError("storeRefused");
      if (answer === "busy") refusals = 0;
      asking.waiting?.(true);
      await patience.wait(backoff.next(retryAfterMs), signal).finally(() => asking.waiting?.(false));
    }
  }

  /** A lost line is as a busy store. */
  async #put(
    { number }: FilePart,
    target: { readonly url: string; readonly headers: Readonly<Record<string, string>> },
    body: Uint8Array,
  ): Promise<{ readonly answer: ReturnType<typeof answerOf>; readonly retryAfterMs?: number }> {
    const { http, asking } = this.#with;
    const guard = new StallGuard(asking.patience.clock, asking.signal);
    try {
      // Watched from the first word of progress on: `fetch` has none, and a large part may take long.
      const progress = (sentBytes: number): void => {
        if (guard.signal.aborted) return;
        guard.expect();
        this.#underWay.set(number, sentBytes);
        this.#tell();
      };
      const { status, ...again } = await http.put({ ...target, body, signal: guard.signal, progress });
      return { answer: answerOf(status), ...again };
    } catch (error) {
      throwIfCancelled(asking.signal);
      if (error instanceof ClientError) throw error;
      return { answer: "busy" };
    } finally {
      guard.end();
      // What did not arrive counts for nothing.
      this.#underWay.delete(number);
    }
  }

  /** Other bytes than those hashed must not leave: sealed, they would tell about the first under the same nonce. */
  async #read(part: FilePart): Promise<Uint8Array> {
    const { source, hashes, parts } = this.#with;
    const before = parts[0]?.size ?? 0;
    const from = (part.number - 1) * before;
    const bytes = await readSlice(source, from, from + part.size);
    const md5 = await hashes.md5();
    await md5.update(bytes);
    if (toHex(await md5.digest()) !== part.md5) throw new ClientError("fileChanged");
    return bytes;
  }

  #tell(): void {
    let sent = this.#arrivedBytes;
    for (const bytes of this.#underWay.values()) sent += bytes;
    this.#with.progress(sent);
  }
}
