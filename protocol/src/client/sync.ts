import { ReplyError } from "../errors.ts";
import type { ChatId } from "../ids.ts";
import type { Clock, Random } from "../platform.ts";
import type { Result } from "../requests.ts";
import type { Message } from "../schema/message.ts";
import type { Notice } from "../schema/sync.ts";
import { Backoff } from "./backoff.ts";
import { ChatRepair } from "./chat-repair.ts";
import type { Cursor } from "./replica/cache-writer.ts";
import { isContiguous } from "./replica/chat-log.ts";
import type { Replica } from "./replica/replica.ts";
import type { HistoryPage, Requester } from "./requester.ts";
import { ClientError } from "./state.ts";

/** A pull of 5,000 chats over a slow line. */
const PULL_TIMEOUT_MS = 60_000;
/** Pushes may be lost without a trace; a pull now and then finds what they told, and moves the cursor. */
const PULL_EVERY_MS = 5 * 60_000;
export interface SyncOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly requester: Requester;
  readonly replica: Replica;
  readonly newest: number;
}

export interface SyncOut {
  /** How far the chat is known where the next pull is to begin, and the clientId there. */
  head(chatId: ChatId): { readonly seq: number; readonly tail: string | null };
  /** The entries of a chat after `head`, before they are told: some of them may have been told already. */
  page(chatId: ChatId, messages: readonly Message[]): void;
  cursorMoved(cursor: Cursor): void;
  notice(notice: Notice): void;
  /** The cursor was too old: what the replica has now is all there is. */
  reset(): void;
  /** These are the newest entries of a chat in a new epoch: look for what is missing of one's own. */
  reloaded(chatId: ChatId, page: HistoryPage, epoch: string): void;
  synced(): void;
  warning(what: string): void;
}

type PullResult = Result<"sync.pull">;

/** Brings the replica to the state of the server, and keeps it there: pulls, fills holes, repairs after a lost tail. */
export class Sync {
  readonly #options: SyncOptions;
  readonly #out: SyncOut;
  readonly #backoff: Backoff;
  readonly #repair: ChatRepair;
  #cursor: Cursor | null;
  #online = false;
  #pulling = false;
  #pullAgain = false;
  #cancelNext: () => void = () => {};

  constructor(options: SyncOptions, cursor: Cursor | null, out: SyncOut) {
    this.#options = options;
    this.#out = out;
    this.#backoff = new Backoff(options.random);
    this.#cursor = cursor;
    this.#repair = new ChatRepair({
      ...options,
      reloaded: (chatId, page, epoch) => out.reloaded(chatId, page, epoch),
      failed: (error) => this.#repairFailed(error),
    });
  }

  get epoch(): string | null {
    return this.#cursor?.epoch ?? null;
  }

  /** A notice came live: it moves the cursor if it is the next one, else one before it was lost. */
  advance(prev: string, pos: string): void {
    if (this.#cursor === null || this.#cursor.pos === pos || this.#pulling) return;
    if (this.#cursor.pos !== prev) return this.pull();
    this.#cursor = { ...this.#cursor, pos };
    this.#out.cursorMoved(this.#cursor);
  }

  start(): void {
    this.#online = true;
    this.#backoff.reset();
    this.pull();
  }

  stop(): void {
    this.#online = false;
    this.#cancelNext();
  }

  /** Another cursor is the truth now: this tab has become the one that writes. */
  begin(cursor: Cursor | null): void {
    this.#cursor = cursor;
    if (this.#online) this.pull();
  }

  /** At once, or right after the pull that is under way. */
  pull(): void {
    if (!this.#online) return;
    if (this.#pulling) {
      this.#pullAgain = true;
      return;
    }
    this.#cancelNext();
    this.#pulling = true;
    this.#pullAll().then(
      () => this.#pulled(),
      (error: unknown) => this.#pullFailed(error),
    );
  }

  /** Fetches what is missing in this chat, if anything is. */
  fill(chatId: ChatId): void {
    if (this.#online) this.#repair.fill(chatId);
  }

  /** An entry is known from its acknowledgement while earlier ones are not here yet. */
  fillSoon(chatId: ChatId): void {
    this.#repair.fillSoon(chatId);
  }

  /** Counts the unread entries of this chat from its log. */
  recount(chatId: ChatId): void {
    this.#repair.recount(chatId);
  }

  // --- pulling

  async #pullAll(): Promise<void> {
    const { replica } = this.#options;
    const known = this.#cursor;
    const { heads, tails } = this.#known();
    const named = new Set<ChatId>();
    let page: PullResult | null = null;
    let first: PullResult | null = null;
    do {
      page = await this.#pullPage(heads, tails, page?.more);
      first ??= page;
      for (const notice of page.notices) this.#out.notice(notice);
      for (const state of page.chats) {
        named.add(state.chat.chatId);
        if (!isContiguous(state.messages)) throw new ClientError("invalidReply", "sync.pull: a page with a hole");
        this.#out.page(state.chat.chatId, state.messages);
        replica.pulled(state);
      }
    } while (page.more !== undefined);
    if (first.reset) {
      for (const { chat } of replica.all()) if (!named.has(chat.chatId)) replica.remove(chat.chatId);
      this.#out.reset();
    }
    if (known !== null && known.epoch !== page.epoch) await this.#repair.reloadAll(page.epoch);
    for (const { chat } of replica.all()) this.fill(chat.chatId);
    // The cursor of the first page: notices may have come in while the others were read, and are not in them.
    this.#cursor = { pos: first.pos, epoch: page.epoch };
    this.#out.cursorMoved(this.#cursor);
  }

  async #pullPage(
    heads: Record<ChatId, number>,
    tails: Record<ChatId, string>,
    after: string | undefined,
  ): Promise<PullResult> {
    const { requester, newest } = this.#options;
    const more = { heads, tails, newest, ...(after === undefined ? {} : { after }) };
    const pos = this.#cursor?.pos;
    try {
      return await requester.request("sync.pull", { ...(pos === undefined ? {} : { pos }), ...more }, PULL_TIMEOUT_MS);
    } catch (error) {
      const unknownCursor = error instanceof ReplyError && error.name === "INVALID_PARAMS" && pos !== undefined;
      if (!unknownCursor) throw error;
      this.#cursor = null;
      return requester.request("sync.pull", more, PULL_TIMEOUT_MS);
    }
  }

  #known(): { heads: Record<ChatId, number>; tails: Record<ChatId, string> } {
    const heads: Record<ChatId, number> = {};
    const tails: Record<ChatId, string> = {};
    for (const { chat, log } of this.#options.replica.all()) {
      if (!log.placed || log.applied === 0) continue;
      const { seq, tail } = this.#out.head(chat.chatId);
      if (seq === 0) continue;
      heads[chat.chatId] = seq;
      if (tail !== null) tails[chat.chatId] = tail;
    }
    return { heads, tails };
  }

  #pulled(): void {
    this.#pulling = false;
    this.#backoff.reset();
    if (!this.#online) return;
    this.#out.synced();
    this.#pullIn(this.#pullAgain ? 0 : PULL_EVERY_MS * (0.5 + this.#options.random.fraction()));
    this.#pullAgain = false;
  }

  #pullFailed(error: unknown): void {
    const again = this.#pullAgain;
    this.#pulling = false;
    this.#pullAgain = false;
    if (!this.#online) return;
    if (again) return this.pull();
    this.#out.warning(`pull: ${String(error)}`);
    this.#pullIn(this.#backoff.next(error instanceof ReplyError ? error.retryAfterMs : 0));
  }

  #pullIn(delayMs: number): void {
    this.#cancelNext();
    this.#cancelNext = this.#options.clock.after(delayMs, () => this.pull());
  }

  #repairFailed(error: unknown): void {
    if (!this.#online) return;
    this.#out.warning(`chat: ${String(error)}`);
    this.#pullIn(this.#backoff.next(error instanceof ReplyError ? error.retryAfterMs : 0));
  }
}
