import type { Clock } from "@parley/protocol";

/** What `work` comes to; what `late` answers, if that takes longer than `ms`: then nobody hears of it any more. */
export function inTime<T, L>(work: Promise<T>, ms: number, clock: Pick<Clock, "after">, late: () => L): Promise<T | L> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(ms, () => resolve(late()));
    work.then(resolve, reject).finally(cancel);
  });
}
