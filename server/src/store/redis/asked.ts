import { Command } from "ioredis";
import { asStoreError } from "./errors.ts";

/** Sends a command by its name, and answers what the client makes of the reply: text, or bytes as they came. */
export type Ask = <T>(name: string, args: readonly (string | number)[], reply?: "text" | "bytes") => Promise<T>;

/** Who is told once a command is settled, and when it was sent. */
export interface Asker {
  settled(asked: Asked): void;
}

/**
 * A command under way, of which there may be thousands: it is its own entry in the books of whoever sent it, and its
 * functions are shared. A promise around each, with what that needs, would be as large as the command once more.
 */
export class Asked extends Command {
  /** As of `performance.now()`. */
  readonly at = performance.now();
  readonly #asker: Asker;
  readonly #resolve: Command["resolve"];
  readonly #reject: Command["reject"];

  constructor(asker: Asker, name: string, args: readonly (string | number)[], bytes: boolean) {
    super(name, args as (string | number)[], { replyEncoding: bytes ? null : "utf8" });
    this.#asker = asker;
    this.#resolve = this.resolve;
    this.#reject = this.reject;
    this.resolve = this.#answered;
    this.reject = this.#failed;
  }

  /** A timer for each would cost as much as all else: whoever asks knows which one is the oldest. */
  override setTimeout(): void {}

  #answered(reply: unknown): void {
    this.#asker.settled(this);
    this.#resolve(reply);
  }

  #failed(error: Error): void {
    this.#asker.settled(this);
    this.#reject(asStoreError(error));
  }
}
