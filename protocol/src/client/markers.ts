import { ReplyError } from "../errors.ts";
import type { ChatId } from "../ids.ts";
import type { Clock, Random } from "../platform.ts";
import { Backoff } from "./backoff.ts";
import type { Requester } from "./requester.ts";

/** Markers of one chat within this time become one request: a person scrolls past many messages in it. */
const GATHER_MS = 300;

type Marker = "message.markRead" | "message.markDelivered";

export interface MarkersOut {
  maySend(): boolean;
  sent(marker: Marker, chatId: ChatId, seq: number): void;
  /** The chat is gone, or has no such seq in this epoch. */
  refused(marker: Marker, chatId: ChatId, seq: number): void;
}

/** Tells the server how far was read and received. Only the highest seq of each chat counts, so there is nothing to queue. */
export class Markers {
  readonly #clock: Clock;
  readonly #requester: Requester;
  readonly #out: MarkersOut;
  readonly #backoff: Backoff;
  readonly #wanted = {
    "message.markRead": new Map<ChatId, number>(),
    "message.markDelivered": new Map<ChatId, number>(),
  };
  #working = false;
  /** Null while no time is set. */
  #cancelTimer: (() => void) | null = null;

  constructor(platform: { clock: Clock; random: Random; requester: Requester }, out: MarkersOut) {
    this.#clock = platform.clock;
    this.#requester = platform.requester;
    this.#out = out;
    this.#backoff = new Backoff(platform.random);
  }

  want(marker: Marker, chatId: ChatId, seq: number): void {
    const wanted = this.#wanted[marker];
    if (seq <= (wanted.get(chatId) ?? 0)) return;
    wanted.set(chatId, seq);
    // A time that is set stays: in a chat that never rests it would never come, and the server may have asked to wait.
    if (!this.#working && this.#cancelTimer === null) this.#later(GATHER_MS);
  }

  start(): void {
    this.#backoff.reset();
    this.#later(0);
  }

  stop(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
  }

  #later(delayMs: number): void {
    this.stop();
    this.#cancelTimer = this.#clock.after(delayMs, () => {
      this.#cancelTimer = null;
      void this.#work();
    });
  }

  /** One after the other: there is no hurry, and a sign-in after a week has hundreds. */
  async #work(): Promise<void> {
    if (this.#working) return;
    this.#working = true;
    let waitMs: number | null = null;
    for (let next = this.#next(); next && waitMs === null && this.#out.maySend(); next = this.#next()) {
      waitMs = await this.#send(next);
    }
    this.#working = false;
    if (waitMs !== null) this.#later(waitMs);
    else if (this.#next() && this.#out.maySend()) this.#later(GATHER_MS);
  }

  /** Answers how long to wait before going on, or null. */
  async #send({ marker, chatId, seq }: { marker: Marker; chatId: ChatId; seq: number }): Promise<number | null> {
    let refused = false;
    try {
      await this.#requester.request(marker, { chatId, seq });
      this.#backoff.reset();
    } catch (error) {
      if (!(error instanceof ReplyError) || error.retry) {
        return this.#backoff.next(error instanceof ReplyError ? error.retryAfterMs : 0);
      }
      refused = true;
    }
    if (this.#wanted[marker].get(chatId) === seq) this.#wanted[marker].delete(chatId);
    if (refused) this.#out.refused(marker, chatId, seq);
    else this.#out.sent(marker, chatId, seq);
    return null;
  }

  #next(): { marker: Marker; chatId: ChatId; seq: number } | undefined {
    for (const marker of ["message.markRead", "message.markDelivered"] as const) {
      const [first] = this.#wanted[marker];
      if (first) return { marker, chatId: first[0], seq: first[1] };
    }
    return undefined;
  }
}
