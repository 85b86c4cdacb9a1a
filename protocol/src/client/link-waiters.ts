import type { Clock } from "../platform.ts";
import { QUEUED_REQUESTS_MAX } from "./pending-requests.ts";
import { ClientError } from "./state.ts";

interface Waiter {
  readonly signedIn: boolean;
  readonly settle: (error: Error | null) => void;
}

/** Who waits for a link. While there is somebody, even a signed-out client keeps dialling. */
export class LinkWaiters {
  readonly #clock: Clock;
  readonly #waiters = new Set<Waiter>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get any(): boolean {
    return this.#waiters.size > 0;
  }

  /** `signedIn`: a link that only stands by is not enough. */
  async wait(signedIn: boolean, timeoutMs: number): Promise<void> {
    if (this.#waiters.size >= QUEUED_REQUESTS_MAX) throw new ClientError("queueFull");
    await new Promise<void>((resolve, reject) => {
      const waiter: Waiter = {
        signedIn,
        settle: (error) => {
          cancelDeadline();
          this.#waiters.delete(waiter);
          if (error) reject(error);
          else resolve();
        },
      };
      const cancelDeadline = this.#clock.after(timeoutMs, () => waiter.settle(new ClientError("timeout")));
      this.#waiters.add(waiter);
    });
  }

  /** There is a link. */
  wake(signedIn: boolean): void {
    for (const waiter of [...this.#waiters]) if (signedIn || !waiter.signedIn) waiter.settle(null);
  }

  /** There will be none. */
  fail(error: Error): void {
    for (const waiter of [...this.#waiters]) waiter.settle(error);
  }
}
