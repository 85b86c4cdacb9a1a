/** Longer than anything takes that a node or a client does by itself, in real time, on a machine that does much else. */
export const PATIENCE_MS = 60_000;

/** What `wait` answers; when it takes too long, an error that says what was waited for in vain and what there is instead. */
export async function within<T>(wait: Promise<T>, inVain: () => string, patienceMs = PATIENCE_MS): Promise<T> {
  let giveUp: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    giveUp = setTimeout(() => reject(new Error(`In vain for ${patienceMs} ms: ${inVain()}`)), patienceMs);
    // Who does not care any more how it ends need not wait for the end of patience.
    giveUp.unref();
  });
  try {
    return await Promise.race([wait, late]);
  } finally {
    clearTimeout(giveUp);
  }
}

const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Looks at each turn of the event loop, or after each `pause`, for what no event tells of. */
export async function turnsUntil(
  holds: () => boolean | Promise<boolean>,
  inVain: () => string,
  pause = nextTurn,
): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`In vain for ${PATIENCE_MS} ms: ${inVain()}`);
    await pause();
  }
}

/** Those who wait for what events bring about: each `wake` has them look again. */
export class Waits {
  #woken: (() => void)[] = [];

  wake(): void {
    for (const resolve of this.#woken.splice(0)) resolve();
  }

  async until(holds: () => boolean, inVain: () => string, patienceMs = PATIENCE_MS): Promise<void> {
    let isOver = false;
    const wait = async () => {
      while (!isOver && !holds()) await new Promise<void>((resolve) => this.#woken.push(resolve));
    };
    try {
      await within(wait(), inVain, patienceMs);
    } finally {
      isOver = true;
    }
  }
}
