import { ReplyError } from "../../errors.ts";
import type { Method, Params, Result } from "../../requests.ts";
import type { Requester } from "../requester.ts";
import { ClientError } from "../state.ts";
import { type Patience, throwIfCancelled } from "./patience.ts";

/** Who asks, how long one try may take, and who wants to know that it waits. */
export interface Asking {
  readonly requester: Pick<Requester, "request">;
  readonly patience: Patience;
  readonly signal: AbortSignal;
  waiting?(on: boolean): void;
}

/** The server joins parts and looks at the store before it answers. */
const TRY_MS = 60_000;

/**
 * Asks until there is an answer that will not change: a lost line, a busy server or store are waited for. What is asked
 * by this must be harmless to repeat.
 */
export async function askUntilAnswered<M extends Method>(
  { requester, patience, signal, waiting }: Asking,
  method: M,
  params: Params<M>,
): Promise<Result<M>> {
  const backoff = patience.backoff();
  for (;;) {
    throwIfCancelled(signal);
    try {
      return await requester.request(method, params, TRY_MS);
    } catch (error) {
      if (!mayChange(error)) throw error;
      // It is at work: asked again soon, and nothing stands still.
      const works = error instanceof ReplyError && error.name === "FILE_CHECKING";
      if (works) backoff.reset();
      else waiting?.(true);
      try {
        await patience.wait(backoff.next(error instanceof ReplyError ? error.retryAfterMs : 0), signal);
      } finally {
        if (!works) waiting?.(false);
      }
    }
  }
}

function mayChange(error: unknown): boolean {
  // A session that has ended stops all files; until then it may be one that is just being renewed.
  if (error instanceof ReplyError) return error.retry || error.name === "NOT_SIGNED_IN";
  return error instanceof ClientError && error.reason !== "invalidReply" && error.reason !== "invalidParams";
}
