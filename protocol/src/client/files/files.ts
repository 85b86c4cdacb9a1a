import type { FileId } from "../../ids.ts";
import type { Clock, Random } from "../../platform.ts";
import type { FileBody } from "../../schema/file.ts";
import { type ClientCrypto, pureFileHashes } from "../../secure/index.ts";
import { JobQueue } from "../job-queue.ts";
import type { Requester } from "../requester.ts";
import { ClientError } from "../state.ts";
import type { ClientStorage } from "../storage.ts";
import { askUntilAnswered } from "./asking.ts";
import type { ClientFiles, DownloadOptions, FilePlace, FilesOptions } from "./client-files.ts";
import { Downloads } from "./downloads.ts";
import type { FileSource } from "./file-source.ts";
import { absoluteUrl, isSecureServer, ownServerHttp } from "./own-server-http.ts";
import { Patience } from "./patience.ts";
import { RunningUpload } from "./running-upload.ts";
import type { Transfers } from "./transfers.ts";
import { type Begun, Unfinished } from "./unfinished.ts";
import type { UnfinishedUpload, Upload, UploadAbout } from "./upload.ts";

/** Files that are sent at one time; the others wait their turn. */
const UPLOADS_AT_ONCE = 2;

export interface FilesParts {
  /** Null where no files are sent or read. */
  readonly options: FilesOptions | null;
  /** Of the WebSocket. */
  readonly url: string;
  readonly crypto: ClientCrypto;
  readonly storage: ClientStorage;
  readonly clock: Clock;
  readonly random: Random;
  readonly requester: Pick<Requester, "request">;
  serverNow(): number;
  isSignedIn(): boolean;
  warning(what: string): void;
}

export class Files implements ClientFiles {
  readonly seals: boolean;
  readonly #parts: FilesParts;
  readonly #patience: Patience;
  readonly #unfinished: Unfinished;
  readonly #running = new Set<RunningUpload>();
  readonly #transfers: Transfers;
  readonly #downloads: Downloads;
  #lastId = 0;
  /** Of whoever is signed in now: what is asked for longer than that ends. */
  #session = new AbortController();

  constructor(parts: FilesParts) {
    const { options, url, crypto, storage, clock, random, requester, serverNow } = parts;
    this.#parts = parts;
    this.seals = !(options?.secure ?? isSecureServer(url));
    this.#patience = new Patience(clock, random);
    this.#unfinished = new Unfinished(storage, clock, (what) => parts.warning(what));
    const http = ownServerHttp(options?.http ?? NO_HTTP, url);
    const hashes = options?.hashes ?? pureFileHashes;
    const shared = { requester, patience: this.#patience, http, hashes, crypto, serverNow };
    this.#downloads = new Downloads(shared);
    this.#transfers = {
      ...shared,
      random,
      seals: this.seals,
      queue: new JobQueue(UPLOADS_AT_ONCE),
      unfinished: this.#unfinished,
      now: () => clock.now(),
      resumable: (about, size) => this.#resumable(about, size),
      taken: () => this.#taken(),
      giveUp: (fileId) => this.#giveUp(fileId),
      warning: (what) => parts.warning(what),
    };
  }

  get uploads(): readonly Upload[] {
    return [...this.#running];
  }

  upload(source: FileSource, about: UploadAbout): Upload {
    const upload = new RunningUpload(++this.#lastId, source, about, this.#transfers);
    this.#running.add(upload);
    upload.on(() => {
      if (upload.hasEnded) this.#running.delete(upload);
    });
    if (!this.#parts.isSignedIn()) upload.stop();
    else upload.start();
    return upload;
  }

  async unfinished(): Promise<readonly UnfinishedUpload[]> {
    const taken = this.#taken();
    const begun = (await this.#unfinished.all()).filter(({ fileId }) => !taken.has(fileId));
    return begun.map(({ fileId, about, plan, begunAt }) => ({ fileId, about, size: plan.plain.size, begunAt }));
  }

  async discard(fileId: FileId): Promise<void> {
    for (const upload of this.#running) if (upload.fileId === fileId) return upload.cancel();
    await this.#giveUp(fileId);
  }

  async url(
    { chatId, seq }: FilePlace,
    fileId: FileId,
    { download = false }: { readonly download?: boolean } = {},
  ): Promise<{ readonly url: string; readonly expiresAt: number }> {
    const { requester, url: serverUrl } = this.#parts;
    const params = { chatId, seq, fileId, ...(download ? ({ download: true } as const) : {}) };
    const { url, expiresAt } = await requester.request("file.url", params);
    return { url: absoluteUrl(url, serverUrl), expiresAt };
  }

  download(place: FilePlace, body: FileBody, options: DownloadOptions = {}): AsyncIterable<Uint8Array> {
    return this.#whileSignedIn(options.signal, (signal) => this.#downloads.whole(place, body, { ...options, signal }));
  }

  read(
    place: FilePlace,
    body: FileBody,
    range: { readonly from: number; readonly to: number },
    options: { readonly signal?: AbortSignal } = {},
  ): AsyncIterable<Uint8Array> {
    return this.#whileSignedIn(options.signal, (signal) => this.#downloads.range(place, body, range, signal));
  }

  /** What waits for another try need not wait longer. */
  online(): void {
    this.#patience.wake();
  }

  /** The user is another one now, or nobody. What was begun stays in the storage. */
  stop(): void {
    this.#session.abort();
    this.#session = new AbortController();
    for (const upload of [...this.#running]) upload.stop();
  }

  async *#whileSignedIn(
    given: AbortSignal | undefined,
    read: (signal: AbortSignal) => AsyncIterable<Uint8Array>,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    if (!this.#parts.isSignedIn()) throw new ClientError("notSignedIn");
    const session = this.#session.signal;
    const either = new AbortController();
    const abort = (): void => either.abort();
    if (given?.aborted) abort();
    for (const signal of [given, session]) signal?.addEventListener("abort", abort);
    try {
      yield* read(either.signal);
    } catch (error) {
      throw session.aborted ? new ClientError("stopped") : error;
    } finally {
      for (const signal of [given, session]) signal?.removeEventListener("abort", abort);
    }
  }

  async #resumable(about: UploadAbout, size: number): Promise<Begun[]> {
    const taken = this.#taken();
    try {
      return (await this.#unfinished.all()).filter(
        (begun) =>
          !taken.has(begun.fileId) &&
          begun.plan.plain.size === size &&
          begun.about.name === about.name &&
          begun.about.type === about.type &&
          (begun.plan.key !== undefined) === this.seals,
      );
    } catch (error) {
      this.#parts.warning(`uploads: ${String(error)}`);
      return [];
    }
  }

  #taken(): Set<FileId> {
    return new Set([...this.#running].flatMap(({ fileId }) => (fileId === null ? [] : [fileId])));
  }

  async #giveUp(fileId: FileId): Promise<void> {
    await this.#unfinished.remove(fileId);
    const asking = { requester: this.#parts.requester, patience: this.#patience, signal: this.#session.signal };
    try {
      await askUntilAnswered(asking, "file.abort", { fileId });
    } catch (error) {
      // The server sweeps what is left.
      if (!(error instanceof ClientError)) this.#parts.warning(`file.abort: ${String(error)}`);
    }
  }
}

const NO_HTTP: FilesOptions["http"] = {
  put: () => Promise.reject(new ClientError("invalidParams", "no FileHttp was handed in")),
  get: () => Promise.reject(new ClientError("invalidParams", "no FileHttp was handed in")),
};
