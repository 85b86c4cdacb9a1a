import { Command } from "ioredis";
import { asStoreError } from "./errors.ts";

/** Sends a command by its name, and answers what the client makes of the reply: text, or bytes as they came. */
export type Ask = <T>(name: string, args: readonly (string | number)[], reply?: "text" | "bytes") => Promise<T>;

/** Who is told once a command is settled. */
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
  /** Its neighbours in the list that it is in. */
  older: Asked | null = null;
  newer: Asked | null = null;
  isListed = false;
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

/**
 * Commands under way. Who leaves holds on to nobody: one that V8 has moved to the old generation would keep all that came after
 * it from being freed, as each table of a `Set` keeps the one that took its place.
 */
export class AskedList {
  #newest: Asked | null = null;
  #oldest: Asked | null = null;

  get oldest(): Asked | null {
    return this.#oldest;
  }

  add(asked: Asked): void {
    asked.isListed = true;
    asked.older = this.#newest;
    if (this.#newest === null) this.#oldest = asked;
    else this.#newest.newer = asked;
    this.#newest = asked;
  }

  /** False when it was not in it. */
  remove(asked: Asked): boolean {
    if (!asked.isListed) return false;
    const { older, newer } = asked;
    if (older === null) this.#oldest = newer;
    else older.newer = newer;
    if (newer === null) this.#newest = older;
    else newer.older = older;
    asked.older = null;
    asked.newer = null;
    asked.isListed = false;
    return true;
  }
}
