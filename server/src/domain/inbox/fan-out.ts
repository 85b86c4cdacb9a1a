import { type ChatId, type Clock, type Notice, ReplyError, type UserId } from "@parley/protocol";
import type { BusMessage } from "../../bus/bus.ts";
import { metrics } from "../../metrics.ts";
import { monthOf } from "../../records/inbox.ts";
import { isLobby } from "../../records/lobby.ts";
import { chatMembers } from "../../store/keys.ts";
import type { Kv } from "../../store/kv.ts";
import type { Pages } from "../../timelines/jobs.ts";
import { type NoticeNumber, pushToMembers } from "../../timelines/notify.ts";

/** Chats with more facts about members than this are left to a worker: to read them alone takes the loop a millisecond. */
const IN_LOOP_MAX = 200;
/** Notices told in one go, and the pause after them: 5 us of encoding for each who is connected, beside the sends of others. */
const TOLD_AT_ONCE = 32;
const PAUSE_MS = 2;
/** Further ones wait, so that a burst of retracts does not fill the store's queue before every send. */
const AT_ONCE = 4;
/** Beyond, nobody begins a deed whose notices would come much later. */
const WAITING_MAX = 1_000;
const RETRY_MS = 1_000;

export interface FanOutParts {
  readonly store: Kv;
  readonly clock: Clock;
  readonly announce: (message: BusMessage) => void;
  readonly pages: Pages;
}

/**
 * Puts a notice into the inbox of every member of a chat, and tells those who are connected: one message on the bus for
 * a batch of them. Whoever calls it has an intent that does it again when the node dies in between, so some may get a
 * notice twice.
 */
export class FanOut {
  readonly #parts: FanOutParts;
  readonly #waiting: (() => void)[] = [];
  #running = 0;
  #stopped = false;

  constructor(parts: FanOutParts) {
    this.#parts = parts;
  }

  /** Before a deed that ends in a fan-out. Throws `OVERLOADED` when too many wait. */
  checkRoom(): void {
    if (this.#waiting.length >= WAITING_MAX) throw new ReplyError("OVERLOADED", { retryAfterMs: RETRY_MS });
  }

  /** Resolves when every member, `except` one, has it. */
  async tell(chatId: ChatId, notice: Notice, except: UserId | null = null): Promise<void> {
    await this.#turn();
    try {
      if (this.#stopped) throw new Error("The node stops; the intent of the deed is replayed");
      await this.#write(chatId, JSON.stringify(notice), except);
      metrics.fanOuts.add();
    } finally {
      this.#running -= 1;
      this.#waiting.shift()?.();
    }
  }

  /** What waits is left to its intents. */
  stop(): void {
    this.#stopped = true;
  }

  #turn(): Promise<void> | void {
    this.#running += 1;
    if (this.#running > AT_ONCE) return new Promise((resolve) => this.#waiting.push(resolve));
  }

  async #write(chatId: ChatId, text: string, except: UserId | null): Promise<void> {
    const { store, clock, pages, announce } = this.#parts;
    // A notice to everybody would be a write for each: those who are here read the lobby anew, as others will.
    if (await isLobby(store, chatId)) return announce({ kind: "behind", chatId });
    const now = clock.now();
    const month = monthOf(now);
    // The workers of an embedded store only read.
    if (store.driver === "redis" && (await store.hashLength(chatMembers(chatId))) > IN_LOOP_MAX) {
      const written = await pages.run("notify", { now, chatId, month, text, except });
      const numbers = JSON.parse(Buffer.from(written).toString()) as NoticeNumber[];
      for (let from = 0; from < numbers.length; from += TOLD_AT_ONCE) {
        if (from > 0) await new Promise<void>((resolve) => clock.after(PAUSE_MS, resolve));
        this.#announce(chatId, month, text, numbers.slice(from, from + TOLD_AT_ONCE));
      }
      return;
    }
    for await (const numbers of pushToMembers(store, { chatId, month, text, except })) {
      this.#announce(chatId, month, text, numbers);
    }
  }

  #announce(chatId: ChatId, month: string, text: string, numbers: readonly NoticeNumber[]): void {
    this.#parts.announce({ kind: "notices", chatId, month, text, numbers });
  }
}
