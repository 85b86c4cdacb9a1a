import type { FileHttp } from "./file-http.ts";
import { retryAfterOf } from "./store-answer.ts";

/** Over `fetch`, which does not tell how much of a body has left before all of it has. */
export function fetchHttp(fetch: typeof globalThis.fetch): FileHttp {
  return {
    async put({ url, headers, body, signal, progress }) {
      // TypeScript keeps views of shared memory apart, which none of ours is.
      const bytes = body as Uint8Array<ArrayBuffer>;
      const answer = await fetch(url, { ...QUIETLY, method: "PUT", headers, body: bytes, signal });
      await answer.body?.cancel();
      progress(body.length);
      return { status: answer.status, ...retryAfterOf(answer.headers.get("retry-after")) };
    },
    async get({ url, headers, signal }) {
      const answer = await fetch(url, { ...QUIETLY, headers, signal });
      const again = retryAfterOf(answer.headers.get("retry-after"));
      return { status: answer.status, ...again, body: answer.body === null ? NOTHING : piecesOf(answer.body) };
    },
  };
}

/** The URL says all that a store has to know. */
const QUIETLY = { credentials: "omit", referrerPolicy: "no-referrer", cache: "no-store" } as const;

const NOTHING: AsyncIterable<Uint8Array> = {
  async *[Symbol.asyncIterator]() {
    // An answer without a body.
  },
};

/** Not every browser lets a stream be iterated. */
async function* piecesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = stream.getReader();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
  } finally {
    await reader.cancel().catch(() => {});
  }
}
