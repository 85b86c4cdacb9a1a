import type { Clock } from "@parley/protocol";

/** Resolves when the time is over, or at once when somebody is in a hurry. */
export function pause(ms: number, hurry: AbortSignal, clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    if (hurry.aborted) return resolve();
    const done = () => {
      cancel();
      hurry.removeEventListener("abort", done);
      resolve();
    };
    const cancel = clock.after(ms, done);
    hurry.addEventListener("abort", done);
  });
}
