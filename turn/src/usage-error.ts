/** What is wrong with what somebody asked for, in words that they can act on; no stack. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
