/**
 * The part of `events` without which it does not fail, found by leaving out halves, then quarters, and so on (delta
 * debugging, Zeller and Hildebrandt 2002). `fails` is asked at most `triesMax` times: what remains then may still hold
 * something that is not needed.
 */
export async function shrink<E>(
  events: readonly E[],
  fails: (events: readonly E[]) => Promise<boolean>,
  triesMax: number,
): Promise<{ readonly events: readonly E[]; readonly tries: number }> {
  let left = events;
  let tries = 0;
  for (let size = Math.ceil(left.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = 0; from < left.length; ) {
      if (tries >= triesMax) return { events: left, tries };
      tries += 1;
      const without = [...left.slice(0, from), ...left.slice(from + size)];
      if (await fails(without)) left = without;
      else from += size;
    }
  }
  return { events: left, tries };
}
