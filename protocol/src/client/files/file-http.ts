/**
 * HTTP with an object store, handed in as sockets are. A call resolves with whatever status came, and rejects only when
 * there was no answer: connection lost, refused, or aborted by the signal. URLs are absolute.
 */
export interface FileHttp {
  /** Sends exactly these headers. Resolves when the answer is there; its body is of no interest. */
  put(request: FilePut): Promise<FileAnswer>;
  get(request: FileGet): Promise<FileGot>;
}

export interface FileAnswer {
  readonly status: number;
  /** `Retry-After`, where the store sent one. */
  readonly retryAfterMs?: number;
}

export interface FilePut {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  readonly signal: AbortSignal;
  /** Bytes of the body that have left so far, where this is known before the answer. */
  progress(sentBytes: number): void;
}

export interface FileGet {
  readonly url: string;
  /** `Range` alone. No cookies, no referrer, no cache. */
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

export interface FileGot extends FileAnswer {
  /** In pieces as they come; throws when the connection is lost. Who stops reading cancels it. */
  readonly body: AsyncIterable<Uint8Array>;
}
