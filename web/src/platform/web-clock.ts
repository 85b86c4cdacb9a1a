import type { Clock } from "@parley/protocol";

export const webClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(delayMs, job) {
    const timer = setTimeout(job, delayMs);
    return () => clearTimeout(timer);
  },
};
