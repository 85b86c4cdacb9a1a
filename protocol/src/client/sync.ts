import { ReplyError } from "../errors.ts";
import type { ChatId } from "../ids.ts";
import { HISTORY_PAGE_MAX } from "../limits.ts";
import type { Clock, Random } from "../platform.ts";
import type { Result } from "../requests.ts";
import type { Message } from "../schema/message.ts";
import type { Notice } from "../schema/sync.ts";
import { Backoff } from "./backoff.ts";
import { JobQueue } from "./job-queue.ts";
import type { Cursor } from "./replica/cache-writer.ts";
import { isContiguous } from "./replica/chat-log.ts";
import { countUnread } from "./replica/counting.ts";
import type { Replica } from "./replica/replica.ts";
import type { HistoryPage, Requester } from "./requester.ts";
import { ClientError } from "./state.ts";

/** A pull of 5,000 chats over a slow line. */
const PULL_TIMEOUT_MS = 60_000;
/** Pushes may be lost without a trace; a pull now and then finds what they told, and moves the cursor. */
const PULL_EVERY_MS = 5 * 60_000;
/** An acknowledgement may overtake the push of an entry before it; only after this is that one fetched. */
const OVERTAKEN_MS = 1_000;
/** Pages of history asked for at once, so that a reconnect leaves room for what a person does. */
const FETCHES_AT_ONCE = 4;
/** Newest entries of each chat that are loaded again when the store has another epoch (SPEC S9). */
const EPOCH_RELOAD = 200;
/** Pages that a count of unread entries may read; beyond, the present figure stays. */
const COUNT_PAGES_MAX = 8;

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
  readonly #fetches = new JobQueue(FETCHES_AT_ONCE);
  readonly #filling = new Set<ChatId>();
  readonly #counting = new Set<ChatId>();
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
    if (!this.#online || this.#filling.has(chatId) || !this.#options.replica.get(chatId)?.log.behind) return;
    this.#filling.add(chatId);
    void this.#fetches
      .run(() => this.#fill(chatId))
      .catch((error: unknown) => this.#chatFailed(chatId, error))
      .finally(() => {
        this.#filling.delete(chatId);
      });
  }

  /** An entry is known from its acknowledgement while earlier ones are not here yet. */
  fillSoon(chatId: ChatId): void {
    this.#options.clock.after(OVERTAKEN_MS, () => this.fill(chatId));
  }

  /** Counts the unread entries of this chat from its log. */
  recount(chatId: ChatId): void {
    if (this.#counting.has(chatId)) return;
    this.#counting.add(chatId);
    void this.#fetches
      .run(() => this.#recount(chatId))
      .catch((error: unknown) => this.#chatFailed(chatId, error))
      .finally(() => {
        this.#counting.delete(chatId);
      });
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
    if (known !== null && known.epoch !== page.epoch) await this.#reloadAll(page.epoch);
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

  // --- one chat

  async #fill(chatId: ChatId): Promise<void> {
    const { replica } = this.#options;
    for (let log = replica.get(chatId)?.log; log?.behind; log = replica.get(chatId)?.log) {
      const before = log.applied;
      const tooMany = log.gap > EPOCH_RELOAD * 5;
      const page = await this.#page({
        chatId,
        ...(tooMany ? {} : { after: before }),
        limit: HISTORY_PAGE_MAX,
      });
      if (tooMany) replica.restart(chatId, page.messages, page.head);
      else replica.offer(chatId, page.messages, "sync");
      // Nothing fits: the chat was left and joined again, or the server that answered is behind.
      if (log.applied === before) return this.#pullIn(this.#backoff.next());
    }
  }

  async #recount(chatId: ChatId): Promise<void> {
    const { replica, requester } = this.#options;
    let counted = { readSeq: -1, upTo: 0, unread: 0 };
    for (let pages = 0; pages < COUNT_PAGES_MAX; pages++) {
      const entry = replica.get(chatId);
      if (entry === undefined) return;
      const { readSeq, log } = entry;
      // The marker moved while a page was read.
      if (counted.readSeq !== readSeq) counted = { readSeq, upTo: readSeq, unread: 0 };
      if (counted.upTo >= log.applied) return replica.counted(chatId, counted.unread);
      const { messages } = await requester.historyAfter(chatId, counted.upTo, HISTORY_PAGE_MAX);
      const here = messages.filter(({ seq }) => seq <= log.applied);
      const upTo = here.at(-1)?.seq;
      if (upTo === undefined) return;
      counted = { readSeq, upTo, unread: counted.unread + countUnread(here, readSeq, replica.me) };
    }
  }

  async #reloadAll(epoch: string): Promise<void> {
    const chats = this.#options.replica.all().filter(({ log }) => log.applied > 0);
    await Promise.all(chats.map(({ chat }) => this.#fetches.run(() => this.#reload(chat.chatId, epoch))));
  }

  /** The newest entries as the new epoch has them, in as many pages as their size needs. */
  async #reload(chatId: ChatId, epoch: string): Promise<void> {
    try {
      const page = await this.#page({ chatId, limit: EPOCH_RELOAD });
      const messages = [...page.messages];
      for (let first = messages[0]?.seq ?? 1; first > 1 && messages.length < EPOCH_RELOAD; ) {
        const older = await this.#page({ chatId, before: first, limit: EPOCH_RELOAD - messages.length });
        if (older.messages.length === 0) break;
        messages.unshift(...older.messages);
        first = messages[0]?.seq ?? 1;
      }
      this.#options.replica.restart(chatId, messages, page.head);
      this.#out.reloaded(chatId, { ...page, messages }, epoch);
    } catch (error) {
      if (!(error instanceof ReplyError) || error.retry) throw error;
      this.#chatFailed(chatId, error);
    }
  }

  async #page(params: { chatId: ChatId; before?: number; after?: number; limit: number }): Promise<HistoryPage> {
    const page = await this.#options.requester.request("message.history", params);
    if (!isContiguous(page.messages)) throw new ClientError("invalidReply", "message.history: a page with a hole");
    return page;
  }

  #chatFailed(chatId: ChatId, error: unknown): void {
    if (error instanceof ReplyError && (error.name === "CHAT_NOT_FOUND" || error.name === "NOT_MEMBER")) {
      this.#options.replica.remove(chatId);
    } else if (this.#online) {
      this.#out.warning(`chat: ${String(error)}`);
      this.#pullIn(this.#backoff.next(error instanceof ReplyError ? error.retryAfterMs : 0));
    }
  }
}
