import { ReplyError } from "@parley/protocol";
import { ObjectsUnavailable } from "../../objects/objects.ts";

/** An object store that is down for a moment is back soon; one that is not is asked no more often. */
const RETRY_MS = 5_000;

/** What the object store answers to a person's request: they are told when it does not. */
export async function answered<T>(asked: Promise<T>): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof ObjectsUnavailable) throw new ReplyError("FILES_UNAVAILABLE", { retryAfterMs: RETRY_MS });
    throw error;
  }
}
