import { type FileAnswer, type FileHttp, type FilePut, fetchHttp, retryAfterOf } from "@parley/protocol/client";

/** Browsers set these by themselves, and refuse to have them set. */
const OWN_HEADERS = new Set(["content-length", "host"]);

/** `XMLHttpRequest` sends, since `fetch` does not tell how far an upload has come; `fetch` reads, piece by piece. */
export const webFileHttp: FileHttp = { ...fetchHttp((...asked) => fetch(...asked)), put };

function put({ url, headers, body, signal, progress }: FilePut): Promise<FileAnswer> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const request = new XMLHttpRequest();
    const abort = () => request.abort();
    const end = () => signal.removeEventListener("abort", abort);
    request.open("PUT", url);
    for (const [name, value] of Object.entries(headers)) {
      if (!OWN_HEADERS.has(name.toLowerCase())) request.setRequestHeader(name, value);
    }
    request.upload.onprogress = ({ loaded }) => progress(loaded);
    request.onload = () => {
      end();
      const { status } = request;
      // Asked for only where it may be: browsers complain of headers that a store elsewhere does not expose.
      resolve({ status, ...(status === 503 ? retryAfterOf(request.getResponseHeader("retry-after")) : {}) });
    };
    request.onerror =
      request.onabort =
      request.ontimeout =
        () => {
          end();
          reject(signal.aborted ? signal.reason : new Error("No answer from the object store."));
        };
    signal.addEventListener("abort", abort);
    // Bytes themselves would be copied for the network while the page stands still; a blob is read from elsewhere.
    request.send(new Blob([body as Uint8Array<ArrayBuffer>]));
  });
}
