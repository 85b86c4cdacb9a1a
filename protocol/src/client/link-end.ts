import { CLOSE_REASONS, type CloseReason, closeCode } from "../errors.ts";

/** Longest wait that a server (or whoever writes in its name) can impose. */
const WAIT_MAX_MS = 5 * 60_000;

export interface LinkEnd {
  /**
   * `told`: by the server inside the channel, so it is true. `found`: by our own checks. `lost`: the socket just ended,
   * and `code` is what anybody on the way may have written: good for a wait, for nothing else.
   */
  readonly by: "told" | "found" | "lost" | "us";
  readonly code: number;
  readonly reason: CloseReason | null;
  /** Milliseconds to wait, and over which to spread, when the server said so. */
  readonly afterMs: number;
  readonly spreadMs: number;
  /** The server says that it began nothing of what it has not answered. */
  readonly undone: boolean;
  readonly wasOpen: boolean;
  /** With `identity_error`: a proven identity that is not the pinned one. */
  readonly presented: { readonly fingerprint: string; readonly shortCode: string } | null;
  /** The server selected a subprotocol that was not offered, or none. */
  readonly badSelection: boolean;
}

/** `text` is the reason in words, which may hold a wait. */
export function linkEnd(end: Pick<LinkEnd, "by" | "code" | "wasOpen"> & Partial<LinkEnd>, text: string): LinkEnd {
  return { reason: reasonOf(end.code), ...waitOf(text), presented: null, badSelection: false, ...end };
}

function reasonOf(code: number): CloseReason | null {
  const names = Object.keys(CLOSE_REASONS) as CloseReason[];
  return names.find((name) => closeCode(name) === code) ?? null;
}

/** `{"after":ms,"spread":ms,"undone":true}` of the close reasons `restart` and `rate_limited`. */
function waitOf(text: string): Pick<LinkEnd, "afterMs" | "spreadMs" | "undone"> {
  try {
    const { after, spread, undone } = JSON.parse(text) as { after?: unknown; spread?: unknown; undone?: unknown };
    return { afterMs: bounded(after), spreadMs: bounded(spread), undone: undone === true };
  } catch {
    return { afterMs: 0, spreadMs: 0, undone: false };
  }
}

function bounded(value: unknown): number {
  return typeof value === "number" && value > 0 ? Math.min(value, WAIT_MAX_MS) : 0;
}
