import type { Clock } from "@parley/protocol";
import type { Log } from "../log.ts";
import { metrics } from "../metrics.ts";
import type { Letter, MailTransport } from "./letter.ts";

/** Letters that wait, retries included: an hour of a busy server, and a few hundred kilobytes. */
const WAITING_MAX = 1_000;
/** Conversations with the mail server at a time. */
const AT_ONCE = 4;
/** Waits before the second, third and fourth try; a code is dead after ten minutes anyway. */
const RETRY_MS = [2_000, 15_000, 60_000];

/** Sends in the background: nobody who asks for a code waits for a mail server, or learns by the time whether there was a mail. */
export class MailQueue {
  readonly #transport: MailTransport;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #waiting: { readonly letter: Letter; readonly tries: number }[] = [];
  readonly #retries = new Set<() => void>();
  readonly #sending = new Set<Promise<void>>();
  #closed = false;

  constructor(transport: MailTransport, clock: Clock, log: Log) {
    this.#transport = transport;
    this.#clock = clock;
    this.#log = log;
  }

  send(letter: Letter): void {
    this.#add(letter, 0);
  }

  /** What is being sent gets to its end; what waits is dropped: codes can be asked for again. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#waiting.length = 0;
    for (const cancel of this.#retries) cancel();
    await Promise.all(this.#sending);
    this.#transport.close();
  }

  #add(letter: Letter, tries: number): void {
    if (this.#closed) return;
    if (this.#waiting.length + this.#retries.size >= WAITING_MAX) {
      metrics.mails.add("lost");
      this.#log.warn("a mail was dropped: too many wait", { count: WAITING_MAX });
      return;
    }
    this.#waiting.push({ letter, tries });
    this.#next();
  }

  #next(): void {
    while (this.#sending.size < AT_ONCE) {
      const job = this.#waiting.shift();
      if (job === undefined) return;
      const sending = this.#send(job.letter, job.tries).finally(() => {
        this.#sending.delete(sending);
        this.#next();
      });
      this.#sending.add(sending);
    }
  }

  async #send(letter: Letter, tries: number): Promise<void> {
    try {
      await this.#transport.send(letter);
      metrics.mails.add("sent");
    } catch (error) {
      const waitMs = RETRY_MS[tries];
      const final = waitMs === undefined || isFinal(error);
      metrics.mails.add(final ? "lost" : "later");
      this.#log.warn("a mail could not be sent", {
        reason: final ? "given up" : "tried again",
        count: tries + 1,
        error,
      });
      if (!final) this.#later(letter, tries + 1, waitMs);
    }
  }

  #later(letter: Letter, tries: number, waitMs: number): void {
    if (this.#closed) return;
    const cancel = this.#clock.after(waitMs, () => {
      this.#retries.delete(cancel);
      this.#add(letter, tries);
    });
    this.#retries.add(cancel);
  }
}

/** The mail server said no for good (RFC 5321 section 4.2.1). */
function isFinal(error: unknown): boolean {
  const { responseCode } = error as { responseCode?: unknown };
  return typeof responseCode === "number" && responseCode >= 500 && responseCode < 600;
}
