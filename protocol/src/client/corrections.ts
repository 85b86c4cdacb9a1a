import { ReplyError } from "../errors.ts";
import type { ChatId, UserId } from "../ids.ts";
import { SEQS_MAX } from "../limits.ts";
import type { Clock, Random } from "../platform.ts";
import type { Message } from "../schema/message.ts";
import { Backoff } from "./backoff.ts";
import type { CacheReader } from "./replica/cache-reader.ts";
import type { CacheWriter } from "./replica/cache-writer.ts";
import { newestShown } from "./replica/counting.ts";
import type { Overlay } from "./replica/overlay.ts";
import type { Replica } from "./replica/replica.ts";
import type { Requester } from "./requester.ts";

/** Entries before a hidden one that are looked at for what the chat list shows instead. */
const LOOK_BACK = 50;

/** Of an entry that is no message any more: a message of whatever version is not what it is. */
const ANY_VERSION = Number.MAX_SAFE_INTEGER;
/** Entries of one chat that are kept so before they are told; beyond, a page tells as long as this process lives. */
const KEPT_EARLY_MAX = 1_000;

export interface CorrectionsParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly requester: Requester;
  readonly replica: Replica;
  readonly overlay: Overlay;
  readonly reader: CacheReader;
  readonly writer: CacheWriter;
  maySend(): boolean;
  /** Entries that were told before are these now. */
  changed(chatId: ChatId, messages: readonly Message[]): void;
  failed(error: unknown): void;
}

/**
 * Brings entries that are cached or shown to what notices said of them: a retracted or hidden one without asking, an
 * edited one by asking for it. What is to be asked for is kept with the chat, so that no crash forgets it.
 */
export class Corrections {
  readonly #parts: CorrectionsParts;
  readonly #backoff: Backoff;
  #noted = new Map<ChatId, Set<number>>();
  #working: Promise<void> | null = null;
  readonly #fetching = new Set<ChatId>();
  #cancelRetry: (() => void) | null = null;

  constructor(parts: CorrectionsParts) {
    this.#parts = parts;
    this.#backoff = new Backoff(parts.random);
  }

  retract(chatId: ChatId, seq: number, by: UserId | undefined): void {
    this.#parts.overlay.retract(chatId, seq, by);
    this.#keepIfEarly(chatId, seq, ANY_VERSION);
    this.#parts.replica.noted(chatId, seq);
    this.#note(chatId, seq);
  }

  hide(chatId: ChatId, seqs: readonly number[]): void {
    for (const seq of seqs) {
      this.#parts.overlay.hide(chatId, seq);
      this.#keepIfEarly(chatId, seq, ANY_VERSION);
      this.#parts.replica.noted(chatId, seq);
      this.#note(chatId, seq);
    }
  }

  edit(chatId: ChatId, seq: number, version: number): void {
    const { overlay, replica, writer } = this.#parts;
    overlay.edit(chatId, seq, version);
    const entry = replica.get(chatId);
    this.#keepIfEarly(chatId, seq, overlay.version(chatId, seq));
    if (entry === undefined || seq > entry.log.applied) return;
    const from = Math.min(entry.shownFrom, writer.from(chatId) ?? Number.POSITIVE_INFINITY);
    if (seq < from) return;
    // Before it is known whether what is cached is older: the cursor that is written next is past this notice.
    entry.stale.set(seq, overlay.version(chatId, seq));
    writer.touch(chatId);
    this.#note(chatId, seq);
  }

  /** Entries of this chat were told of which there is a newer version. */
  fetch(chatId: ChatId): void {
    if (this.#parts.maySend()) void this.#fetch(chatId);
  }

  /** Asks for whatever is still to be asked for. */
  start(): void {
    this.#backoff.reset();
    this.#fetchAll();
  }

  stop(): void {
    this.#cancelRetry?.();
    this.#cancelRetry = null;
  }

  /** The newest version of each of these, where there is one: for a page that was just read. */
  async newest(chatId: ChatId, messages: readonly Message[]): Promise<readonly Message[]> {
    const { overlay } = this.#parts;
    const seqs = messages.filter((message) => overlay.isStale(chatId, message)).map(({ seq }) => seq);
    if (seqs.length === 0 || !this.#parts.maySend()) return messages;
    try {
      const fetched = new Map<number, Message>();
      for (let at = 0; at < seqs.length; at += SEQS_MAX) {
        const some = await this.#fetchSome(chatId, seqs.slice(at, at + SEQS_MAX));
        for (const message of some) fetched.set(message.seq, message);
      }
      return messages.map((message) => fetched.get(message.seq) ?? message);
    } catch (error) {
      if (this.#parts.maySend()) this.#parts.failed(error);
      return messages;
    }
  }

  /**
   * Of an entry that was not told yet: the cursor that is written next is past this notice, and who goes on from there has to
   * know that the entry, as it may be pushed, is not what it is.
   */
  #keepIfEarly(chatId: ChatId, seq: number, version: number): void {
    const { replica, writer } = this.#parts;
    const entry = replica.get(chatId);
    if (entry === undefined || seq <= entry.log.applied || entry.stale.size >= KEPT_EARLY_MAX) return;
    entry.stale.set(seq, Math.max(version, entry.stale.get(seq) ?? 0));
    writer.touch(chatId);
  }

  #note(chatId: ChatId, seq: number): void {
    this.#parts.writer.revise(chatId, seq);
    const seqs = this.#noted.get(chatId) ?? new Set();
    this.#noted.set(chatId, seqs.add(seq));
    this.#working ??= Promise.resolve()
      .then(() => this.#work())
      .catch((error: unknown) => this.#parts.failed(error))
      .finally(() => {
        this.#working = null;
      });
  }

  async #work(): Promise<void> {
    while (this.#noted.size > 0) {
      const noted = this.#noted;
      this.#noted = new Map();
      await this.#parts.writer.settled();
      for (const [chatId, seqs] of noted) {
        // What fails for one chat must not keep the others, and what was noted meanwhile, from their turn.
        await this.#correct(chatId, [...seqs]).catch((error: unknown) => this.#parts.failed(error));
      }
    }
  }

  async #correct(chatId: ChatId, seqs: readonly number[]): Promise<void> {
    const { replica, overlay, reader } = this.#parts;
    const cached = await reader.some(chatId, seqs);
    const entry = replica.get(chatId);
    if (entry === undefined) return;
    const changed: Message[] = [];
    for (const seq of [...seqs].sort((a, b) => a - b)) {
      // What was not told yet will be told as it is.
      if (seq > entry.log.applied) continue;
      const message = cached.get(seq);
      const seen = message && overlay.seen(chatId, message);
      if (seen && !overlay.isStale(chatId, seen)) changed.push(seen);
      else if (overlay.isHidden(chatId, seq)) changed.push({ seq, kind: "void" });
      else if (seen || seq >= entry.shownFrom) entry.stale.set(seq, overlay.version(chatId, seq));
    }
    this.#tell(chatId, changed);
    if (entry.stale.size > 0 || entry.lastHidden) this.fetch(chatId);
  }

  #tell(chatId: ChatId, changed: readonly Message[]): void {
    if (changed.length === 0) return;
    this.#parts.replica.revised(chatId, changed);
    this.#parts.changed(chatId, changed);
  }

  #fetchAll(): void {
    for (const { chat, stale, lastHidden } of this.#parts.replica.all()) {
      if (stale.size > 0 || lastHidden) this.fetch(chat.chatId);
    }
  }

  /** Until nothing of this chat is stale, and the list shows what is to be seen; one request at a time. */
  async #fetch(chatId: ChatId): Promise<void> {
    if (this.#fetching.has(chatId)) return;
    this.#fetching.add(chatId);
    try {
      // Notices of one moment become one request.
      await Promise.resolve();
      do {
        for (let seqs = this.#stale(chatId); seqs.length > 0; seqs = this.#stale(chatId)) {
          await this.#fetchSome(chatId, seqs);
        }
        await this.#lookForLast(chatId);
        // Whoever found something stale during that look was not let in here.
      } while (this.#stale(chatId).length > 0);
      this.#backoff.reset();
    } catch (error) {
      if (error instanceof ReplyError && !error.retry) this.#giveUp(chatId);
      else this.#retryLater(error);
    } finally {
      this.#fetching.delete(chatId);
    }
  }

  async #lookForLast(chatId: ChatId): Promise<void> {
    const { replica, requester, maySend } = this.#parts;
    for (let entry = replica.get(chatId); entry?.lastHidden && entry.last && maySend(); entry = replica.get(chatId)) {
      const { seq } = entry.last;
      const { messages } = await requester.historyBefore(chatId, seq, LOOK_BACK);
      replica.showLast(chatId, seq, newestShown(messages));
    }
  }

  #giveUp(chatId: ChatId): void {
    const entry = this.#parts.replica.get(chatId);
    if (entry === undefined) return;
    entry.stale.clear();
    entry.lastHidden = false;
  }

  #stale(chatId: ChatId): number[] {
    if (!this.#parts.maySend()) return [];
    const { stale, log } = this.#parts.replica.get(chatId) ?? {};
    if (stale === undefined || log === undefined) return [];
    return [...stale.keys()].filter((seq) => seq <= log.applied).slice(0, SEQS_MAX);
  }

  async #fetchSome(chatId: ChatId, seqs: readonly number[]): Promise<readonly Message[]> {
    const messages = await this.#ask(chatId, seqs);
    this.#parts.writer.replace(chatId, messages);
    this.#tell(chatId, messages);
    return messages;
  }

  /** What the server has now counts, whatever was noted before it was asked. */
  async #ask(chatId: ChatId, seqs: readonly number[]): Promise<Message[]> {
    const { requester, overlay, replica } = this.#parts;
    // Versions of two epochs are not to be compared.
    const { asked, messages } = await overlay.inOneLife(async () => {
      const versions = new Map(seqs.map((seq) => [seq, overlay.version(chatId, seq)]));
      const got = await requester.request("message.get", { chatId, seqs: [...seqs] });
      return { asked: versions, messages: got.messages };
    });
    const got = new Map(messages.map((message) => [message.seq, message]));
    const entry = replica.get(chatId);
    for (const [seq, version] of asked) {
      const message = got.get(seq);
      overlay.answered(chatId, seq, version, message && "edited" in message ? (message.edited ?? 0) : 0);
      if (message === undefined || !overlay.isStale(chatId, message)) entry?.stale.delete(seq);
    }
    return messages.map((message) => overlay.seen(chatId, message));
  }

  #retryLater(error: unknown): void {
    if (!this.#parts.maySend()) return;
    this.#parts.failed(error);
    if (this.#cancelRetry !== null) return;
    const delayMs = this.#backoff.next(error instanceof ReplyError ? error.retryAfterMs : 0);
    this.#cancelRetry = this.#parts.clock.after(delayMs, () => {
      this.#cancelRetry = null;
      this.#fetchAll();
    });
  }
}
