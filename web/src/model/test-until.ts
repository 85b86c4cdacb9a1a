const TURNS_MAX = 10_000;

/** Lets everything that is on its way happen, until it is so. */
export async function until(isSo: () => boolean): Promise<void> {
  for (let turn = 0; turn < TURNS_MAX; turn += 1) {
    if (isSo()) return;
    await new Promise(setImmediate);
  }
  throw new Error(`Never: ${isSo}`);
}
