/** Writes that are on their way together: what others wait for meanwhile is a few milliseconds. */
const BATCH = 100;

/** Does it for each, in batches. */
export async function inBatches<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> {
  for (let from = 0; from < items.length; from += BATCH) {
    await Promise.all(items.slice(from, from + BATCH).map(work));
  }
}
