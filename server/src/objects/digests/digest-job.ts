import type { MessagePort } from "node:worker_threads";

/** What the thread is asked for. */
export interface DigestJob {
  /** Signed: the thread has no keys of the store. */
  readonly url: string;
  /** No more is read. */
  readonly size: number;
  /** Closed by who asked when nobody needs the answer any more. */
  readonly port: MessagePort;
}

/** Errors lose their class on the way. */
export type DigestAnswer = { readonly sha256: string } | { readonly failed: string };
