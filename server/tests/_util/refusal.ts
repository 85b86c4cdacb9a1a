import assert from "node:assert/strict";
import { ReplyError, type ReplyErrorName } from "@parley/protocol";

/** The call is refused with this error; answers it. */
export async function refused(call: Promise<unknown>, name: ReplyErrorName): Promise<ReplyError> {
  const outcome = await call.then(
    (result) => ({ result }),
    (error: unknown) => error,
  );
  if (!(outcome instanceof ReplyError)) {
    throw outcome instanceof Error ? outcome : new Error(`${name} was expected, not ${JSON.stringify(outcome)}`);
  }
  assert.equal(outcome.name, name);
  return outcome;
}

/** The name of the refusal, or "ok". */
export function outcome(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => "ok",
    (error: Error) => error.name,
  );
}
