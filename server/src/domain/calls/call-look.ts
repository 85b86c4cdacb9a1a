/** The kind of timed deed. */
export const CALL_LOOK = "call";

/** What the `number`-th look at a call is called. */
export function lookName(
  { callId, chatId }: { readonly callId: string; readonly chatId: string },
  number: number,
): string {
  return `${callId}:${chatId}:${number}`;
}
