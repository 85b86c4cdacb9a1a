import { ReplyError } from "../../errors.ts";
import type { ChatId, UserId } from "../../ids.ts";
import type { Message } from "../../schema/message.ts";

/** Entries that notices told of and that are remembered: more than can come while one page is on its way. */
const NOTED_MAX = 20_000;

type Retracted = Extract<Message, { kind: "retracted" }>;
type Told = Exclude<Message, { kind: "void" }>;

/** What is known of one entry beside what the log said. */
interface Noted {
  hidden: boolean;
  retracted: { readonly by?: UserId } | null;
  /** The newest version that is known to be there. */
  version: number;
}

/**
 * What notices said of single entries. They come in any order and any number of times, also before the entry itself and
 * while a page that was read earlier is on its way: whatever is shown or cached is seen through this first.
 */
export class Overlay {
  readonly #now: () => number;
  readonly #noted = new Map<string, Noted>();
  #life = 0;

  /** `now`: the server's time. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Changes when it is cleared. */
  get life(): number {
    return this.#life;
  }

  /**
   * An answer, or a refusal, that was asked for before it was cleared tells of what may be lost, and of places that others may
   * have: asks again.
   */
  async inOneLife<T>(ask: () => Promise<T>): Promise<T> {
    for (;;) {
      const life = this.#life;
      try {
        const answer = await ask();
        if (life === this.#life) return answer;
      } catch (error) {
        // Who asks knows by itself what to do when there was no answer.
        if (life === this.#life || !(error instanceof ReplyError) || error.retry) throw error;
      }
    }
  }

  /** Final; without `by` its time had come. */
  retract(chatId: ChatId, seq: number, by: UserId | undefined): void {
    this.#note(chatId, seq).retracted ??= by === undefined ? {} : { by };
  }

  hide(chatId: ChatId, seq: number): void {
    this.#note(chatId, seq).hidden = true;
  }

  edit(chatId: ChatId, seq: number, version: number): void {
    const noted = this.#note(chatId, seq);
    noted.version = Math.max(noted.version, version);
  }

  isHidden(chatId: ChatId, seq: number): boolean {
    return this.#noted.get(keyOf(chatId, seq))?.hidden ?? false;
  }

  /** The newest version known of; 0 when the entry was not edited as far as is known. */
  version(chatId: ChatId, seq: number): number {
    return this.#noted.get(keyOf(chatId, seq))?.version ?? 0;
  }

  /** The server was asked when `asked` was the newest version known, and its newest is `got`. */
  answered(chatId: ChatId, seq: number, asked: number, got: number): void {
    const noted = this.#noted.get(keyOf(chatId, seq));
    if (noted?.version === asked) noted.version = got;
  }

  /** The entry as it is now, as far as that is known without asking. */
  seen(chatId: ChatId, message: Message): Message {
    if (message.kind === "void") return message;
    const noted = this.#noted.get(keyOf(chatId, message.seq));
    if (noted?.hidden) return { seq: message.seq, kind: "void" };
    if (message.kind === "retracted") return message;
    if (noted?.retracted) return tombstone(message, noted.retracted);
    if (message.expiresAt !== undefined && message.expiresAt <= this.#now()) return tombstone(message, {});
    // An older version that comes later, from a page that was on its way, is known as such.
    if ((message.edited ?? 0) > (noted?.version ?? 0)) this.edit(chatId, message.seq, message.edited ?? 0);
    return message;
  }

  /** What a page says of an entry, if that is more than is known: false when it is not. */
  learn(chatId: ChatId, message: Message): boolean {
    const noted = this.#noted.get(keyOf(chatId, message.seq));
    if (message.kind === "void") {
      if (noted?.hidden) return false;
      this.hide(chatId, message.seq);
    } else if (message.kind === "retracted") {
      if (noted?.retracted) return false;
      this.retract(chatId, message.seq, message.body.by);
    } else {
      if ((message.edited ?? 0) <= (noted?.version ?? 0)) return false;
      this.edit(chatId, message.seq, message.edited ?? 0);
    }
    return true;
  }

  /** There is a newer version of it than this one. */
  isStale(chatId: ChatId, message: Message): boolean {
    return (
      "body" in message && message.kind !== "retracted" && (message.edited ?? 0) < this.version(chatId, message.seq)
    );
  }

  /** Places of the log may be taken by other entries now. */
  clear(): void {
    this.#noted.clear();
    this.#life += 1;
  }

  #note(chatId: ChatId, seq: number): Noted {
    const key = keyOf(chatId, seq);
    const noted = this.#noted.get(key) ?? { hidden: false, retracted: null, version: 0 };
    this.#noted.delete(key);
    this.#noted.set(key, noted);
    const [oldest] = this.#noted.keys();
    if (oldest !== undefined && this.#noted.size > NOTED_MAX) this.#noted.delete(oldest);
    return noted;
  }
}

function keyOf(chatId: ChatId, seq: number): string {
  return `${chatId}:${seq}`;
}

function tombstone({ seq, sender, clientId, sentAt }: Told, { by }: { readonly by?: UserId }): Retracted {
  const body = by === undefined ? {} : { by };
  return { seq, sender, clientId, sentAt, kind: "retracted", retracted: true, body };
}
