/** Counts what many connections receive together, and tells when it is enough. */
export class Tally {
  count = 0;
  private goal = Number.POSITIVE_INFINITY;
  private reached: (() => void) | null = null;

  add(received: number): void {
    this.count += received;
    if (this.count < this.goal) return;
    this.goal = Number.POSITIVE_INFINITY;
    this.reached?.();
  }

  /** Resolves when the count, which starts anew here, is at `goal`. */
  startTo(goal: number, withinMs: number): Promise<void> {
    this.count = 0;
    this.goal = goal;
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => {
        this.goal = Number.POSITIVE_INFINITY;
        reject(new Error(`${this.count} of ${goal} deliveries came within ${withinMs} ms`));
      }, withinMs);
      this.reached = () => {
        clearTimeout(late);
        resolve();
      };
    });
  }
}
