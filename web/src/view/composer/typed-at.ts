/** Two letters a second are still writing. */
const WRITING_MS = 500;

let typedAt = Number.NEGATIVE_INFINITY;

/** To be called with each change of what is being written. */
export function noteTyped(): void {
  typedAt = performance.now();
}

/** Somebody is in the middle of writing: what moves by itself now has their next letter wait for its beat. */
export function isTyping(): boolean {
  return performance.now() - typedAt < WRITING_MS;
}
