import type { VirtualTime } from "./virtual-time.ts";

/**
 * Lets virtual seconds pass, and real sockets deliver what is on its way after each; ends early when `until` is
 * settled. Answers the seconds that passed.
 */
export async function elapse(time: VirtualTime, seconds: number, until?: Promise<unknown>): Promise<number> {
  let settled = false;
  const settle = () => {
    settled = true;
  };
  until?.then(settle, settle);
  const start = time.monotonic();
  for (let second = 1; second <= seconds && !settled; second += 1) {
    await time.run(start + second * 1_000);
    await socketsRest();
  }
  return (time.monotonic() - start) / 1_000;
}

/** What was written over loopback has arrived and was answered: a few turns, since each hop takes one. */
export async function socketsRest(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
