import type { ChatId } from "../ids.ts";
import type { Clock } from "../platform.ts";
import type { Replica } from "./replica/replica.ts";

/** Timers of browsers cannot wait for longer than 24 days; this is looked at again after a day at most. */
const WAIT_MAX_MS = 24 * 3600_000;

export interface VanishingParts {
  readonly clock: Clock;
  /** The server's time. */
  now(): number;
  readonly replica: Replica;
  /** Their time has come. */
  vanished(chatId: ChatId, seqs: readonly number[]): void;
}

/** Entries that vanish do so by this client's own clock: one timer, for the next of them. */
export class Vanishing {
  readonly #parts: VanishingParts;
  #next = Number.POSITIVE_INFINITY;
  #cancel: () => void = () => {};
  #stopped = false;

  constructor(parts: VanishingParts) {
    this.#parts = parts;
  }

  /** Some entry vanishes then. */
  watch(at: number): void {
    if (at >= this.#next || this.#stopped) return;
    this.#next = at;
    this.#cancel();
    const delayMs = Math.min(Math.max(at - this.#parts.now(), 0), WAIT_MAX_MS);
    this.#cancel = this.#parts.clock.after(delayMs, () => this.look());
  }

  /** Whatever is due vanishes now, and the timer is set for what is next. */
  look(): void {
    const now = this.#parts.now();
    this.#cancel();
    this.#next = Number.POSITIVE_INFINITY;
    let next = Number.POSITIVE_INFINITY;
    for (const { chat, expiring } of this.#parts.replica.all()) {
      const due: number[] = [];
      for (const [seq, at] of expiring) {
        if (at > now) next = Math.min(next, at);
        else due.push(seq);
      }
      for (const seq of due) expiring.delete(seq);
      if (due.length > 0) this.#parts.vanished(chat.chatId, due);
    }
    this.watch(next);
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel();
  }
}
