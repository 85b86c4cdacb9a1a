import type { Clock, Random } from "../../platform.ts";
import { Backoff } from "../backoff.ts";
import { ClientError } from "../state.ts";

/** The waits between tries of one client: all end when the connection is back. */
export class Patience {
  readonly clock: Clock;
  readonly #random: Random;
  readonly #sleepers = new Set<() => void>();

  constructor(clock: Clock, random: Random) {
    this.clock = clock;
    this.#random = random;
  }

  backoff(): Backoff {
    return new Backoff(this.#random);
  }

  /** Rejects when aborted. */
  async wait(delayMs: number, signal: AbortSignal): Promise<void> {
    throwIfCancelled(signal);
    await new Promise<void>((resolve) => {
      const awake = (): void => {
        cancel();
        this.#sleepers.delete(awake);
        signal.removeEventListener("abort", awake);
        resolve();
      };
      const cancel = this.clock.after(delayMs, awake);
      this.#sleepers.add(awake);
      signal.addEventListener("abort", awake);
    });
    throwIfCancelled(signal);
  }

  wake(): void {
    for (const awake of [...this.#sleepers]) awake();
  }
}

export function throwIfCancelled(signal: AbortSignal): void {
  if (signal.aborted) throw new ClientError("cancelled");
}
