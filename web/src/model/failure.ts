import { ReplyError, type ReplyErrorName } from "@parley/protocol";
import { ClientError, type ClientErrorReason } from "@parley/protocol/client";

/** What went wrong, in a form that the view can put into words. */
export interface Failure {
  readonly name: ReplyErrorName | ClientErrorReason | "unknown";
  readonly retryAfterMs: number;
}

export function toFailure(error: unknown): Failure {
  if (error instanceof ReplyError) return { name: error.name, retryAfterMs: error.retryAfterMs };
  if (error instanceof ClientError) return { name: error.reason, retryAfterMs: 0 };
  return { name: "unknown", retryAfterMs: 0 };
}
