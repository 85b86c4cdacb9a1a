/**
 * Calls `job` `count` times, evenly at `perSecond`, whether or not what it started before is done: a slow server does
 * not slow its load down. Resolves with all results.
 */
export async function paced<T>(perSecond: number, count: number, job: (index: number) => Promise<T>): Promise<T[]> {
  const started: Promise<T>[] = [];
  await new Promise<void>((resolve, reject) => {
    const startedAt = performance.now();
    const turn = () => {
      const due = Math.min(count, Math.floor(((performance.now() - startedAt) * perSecond) / 1000) + 1);
      while (started.length < due) {
        const one = job(started.length);
        // The first failure ends the whole; nothing is left without a handler.
        one.catch(reject);
        started.push(one);
      }
      if (started.length === count) resolve();
      else setTimeout(turn, Math.max(0, startedAt + (started.length * 1000) / perSecond - performance.now()));
    };
    turn();
  });
  return Promise.all(started);
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
