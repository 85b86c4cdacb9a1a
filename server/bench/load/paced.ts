/**
 * Calls `job` `count` times, evenly at `perSecond`, whether or not what it started before is done: a slow server does
 * not slow its load down.
 */
export function paced(perSecond: number, count: number, job: (index: number) => void): Promise<void> {
  return new Promise((resolve) => {
    const startedAt = performance.now();
    let done = 0;
    const turn = () => {
      const due = Math.min(count, Math.floor(((performance.now() - startedAt) * perSecond) / 1000) + 1);
      while (done < due) job(done++);
      if (done === count) resolve();
      else setTimeout(turn, Math.max(0, startedAt + (done * 1000) / perSecond - performance.now()));
    };
    turn();
  });
}

/** Runs `job` for each item, `width` at a time, in order of the items. */
export async function abreast<T, R>(
  items: readonly T[],
  width: number,
  job: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results = new Array<R>(items.length);
  let next = 0;
  const lane = async () => {
    for (let index = next++; index < items.length; index = next++) results[index] = await job(items[index] as T, index);
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, lane));
  return results;
}
