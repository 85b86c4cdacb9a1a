/** What the status of an object store says to do. */
export type StoreAnswer =
  | "ok"
  /** There is such an object: an earlier PUT arrived unheard, and nothing can replace it. */
  | "exists"
  /** It has no room: only who runs it can do something about that. */
  | "full"
  /** With another URL or other bytes it may go. */
  | "refused"
  /** Later it will. */
  | "busy";

export function answerOf(status: number): StoreAnswer {
  if (status >= 200 && status < 300) return "ok";
  if (status === 412) return "exists";
  if (status === 507) return "full";
  // 409: two conditional PUTs at one time. 425 and 429 say so themselves.
  if (status === 408 || status === 409 || status === 425 || status === 429 || status >= 500) return "busy";
  return "refused";
}

/** Of a store's answer: longer than this no client waits without another look. */
const RETRY_AFTER_MAX_MS = 60_000;

/** RFC 9110 section 10.2.3, in seconds; dates are of other servers' clocks. */
export function retryAfterOf(header: string | null): { readonly retryAfterMs?: number } {
  return header !== null && /^\d{1,6}$/.test(header)
    ? { retryAfterMs: Math.min(RETRY_AFTER_MAX_MS, Number(header) * 1_000) }
    : {};
}

/** In a row and with a new URL each time: then it is not the URL. */
export const REFUSALS_MAX = 4;
