import { ReplyError } from "../errors.ts";
import type { ChatId } from "../ids.ts";
import type { Clock, Random } from "../platform.ts";
import type { Params, Result } from "../requests.ts";
import type { Message } from "../schema/message.ts";
import type { ChatState, Notice } from "../schema/sync.ts";
import { Backoff } from "./backoff.ts";
import { AnotherEpoch, ChatRepair } from "./chat-repair.ts";
import type { Cursor } from "./replica/cache-writer.ts";
import { isContiguous } from "./replica/chat-log.ts";
import type { Overlay } from "./replica/overlay.ts";
import type { Replica } from "./replica/replica.ts";
import type { Requester } from "./requester.ts";
import { ClientError } from "./state.ts";

/** A pull of 5,000 chats over a slow line. */
const PULL_TIMEOUT_MS = 60_000;
/** Pushes may be lost without a trace; a pull now and then finds what they told, and moves the cursor. */
const PULL_EVERY_MS = 5 * 60_000;
/** Notices that come live during one pull and are kept until it ends; after more of them it begins again. */
const HEARD_MAX = 200;

export interface SyncOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly requester: Requester;
  readonly replica: Replica;
  readonly overlay: Overlay;
  readonly newest: number;
}

export interface SyncOut {
  /** How far the chat is known where the next pull is to begin, and the clientId there. */
  head(chatId: ChatId): { readonly seq: number; readonly tail: string | null };
  /** The entries of a chat after `head`, before they are told: some of them may have been told already. */
  page(chatId: ChatId, messages: readonly Message[]): void;
  cursorMoved(cursor: Cursor): void;
  notice(notice: Notice): void;
  /** The store has begun another life, or none was known yet: what was known of versions does not count any more. */
  forgetVersions(): void;
  /** Nothing that was known before counts: what the replica has now is all there is. */
  reset(): void;
  /**
   * These are the newest entries of a chat in what may be a new epoch: look for what is missing of one's own. The epoch
   * counts as known, and is not asked about again, once this has resolved.
   */
  reloaded(chatId: ChatId, newest: readonly Message[], epoch: string): Promise<void>;
  synced(): void;
  warning(what: string): void;
}

/** What came live of the inbox, between two places of the cursor. */
export interface LiveNotice {
  readonly notice: Notice;
  readonly prev: string;
  readonly pos: string;
}

type PullResult = Result<"sync.pull">;
type PullFrom = Omit<Params<"sync.pull">, "after">;

/** Brings the replica to the state of the server, and keeps it there: pulls, fills holes, repairs after a lost tail. */
export class Sync {
  readonly #options: SyncOptions;
  readonly #out: SyncOut;
  readonly #backoff: Backoff;
  readonly #repair: ChatRepair;
  #cursor: Cursor | null;
  /** Of the cursor, or of the pull that is about to move it. */
  #epoch: string | null;
  #online = false;
  #pulling = false;
  #pullAgain = false;
  /** What came live during this pull. */
  #heard: LiveNotice[] = [];
  #cancelNext: () => void = () => {};

  constructor(options: SyncOptions, cursor: Cursor | null, out: SyncOut) {
    this.#options = options;
    this.#out = out;
    this.#backoff = new Backoff(options.random);
    this.#cursor = cursor;
    this.#epoch = cursor?.epoch ?? null;
    this.#repair = new ChatRepair({
      ...options,
      reloaded: (chatId, newest, epoch) => out.reloaded(chatId, newest, epoch),
      isKnown: (epoch) => this.#isKnown(epoch),
      failed: (error) => this.#repairFailed(error),
    });
  }

  get cursor(): Cursor | null {
    return this.#cursor;
  }

  get epoch(): string | null {
    return this.#epoch;
  }

  /** The server answered for this epoch: whether it is the one that is known. Else a pull finds out what it is about. */
  met(epoch: string): boolean {
    if (this.#isKnown(epoch)) return true;
    this.pull();
    return false;
  }

  /** A notice came live, and was acted on: it moves the cursor if it is the next one, else one before it was lost. */
  advance(live: LiveNotice): void {
    if (this.#pulling) {
      if (this.#heard.length < HEARD_MAX) this.#heard.push(live);
      else this.#pullAgain = true;
      return;
    }
    if (this.#cursor === null || this.#cursor.pos === live.pos) return;
    if (this.#cursor.pos !== live.prev) return this.pull();
    this.#moveCursor({ ...this.#cursor, pos: live.pos });
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
    this.#epoch = cursor?.epoch ?? null;
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
    const { replica, overlay } = this.#options;
    const known = this.#cursor;
    const before = new Set(replica.all().map(({ chat }) => chat.chatId));
    const named = new Set<ChatId>();
    const fresh: ChatState[] = [];
    let from = this.#from();
    let found = await this.#pullPage(from);
    // Places of the logs may be other entries' in another epoch: whatever is known is asked for anew.
    if (found === null || (from.pos !== undefined && known?.epoch !== found.epoch)) {
      from = { newest: this.#options.newest };
      found = await this.#pullPage(from);
    }
    const first = pageOf(found);
    // Later pages may be of a later epoch, which the next pull then finds.
    const { epoch } = first;
    const lost = known !== null && known.epoch !== epoch;
    this.#epoch = epoch;
    if (known?.epoch !== epoch) {
      overlay.clear();
      this.#out.forgetVersions();
      this.#forgetHeard();
      // So may the chats that were learnt live. Those of this epoch are brought by one more pull.
      for (const { chat } of replica.all()) before.add(chat.chatId);
    }
    const anew = first.reset === true || from.pos === undefined;
    // What was learnt live while the page was on its way is as true as the page.
    const isVoid = (chatId: ChatId) => anew && (lost || before.has(chatId));
    let page = first;
    for (;;) {
      for (const notice of page.notices) this.#out.notice(notice);
      for (const state of page.chats) {
        named.add(state.chat.chatId);
        if (!before.has(state.chat.chatId)) fresh.push(state);
        this.#pulledChat(state, anew, isVoid(state.chat.chatId));
      }
      if (page.more === undefined) break;
      page = pageOf(await this.#pullPage({ ...from, after: page.more }));
    }
    if (anew && before.size > 0) {
      for (const chatId of before) if (!named.has(chatId)) replica.remove(chatId);
      this.#out.reset();
    }
    if (lost) await this.#repair.reloadAll(epoch);
    // Who comes back into a chat may have written in it in an epoch before.
    else if (known !== null)
      for (const { chat, messages } of fresh) await this.#out.reloaded(chat.chatId, messages, epoch);
    // What came live meanwhile and was put back by older pages is found by one more pull, which asks from here on.
    if (anew && before.size > 0) this.#pullAgain = true;
    for (const { chat } of replica.all()) this.fill(chat.chatId);
    this.#repair.resume();
    // The cursor of the first page: notices may have come in while the others were read, and are not in them.
    this.#moveCursor({ pos: first.pos, epoch });
  }

  /** What came live so far may be of an epoch that ended before the page was read: one more pull brings what is not. */
  #forgetHeard(): void {
    if (this.#heard.length > 0) this.#pullAgain = true;
    this.#heard = [];
  }

  /**
   * Acts once more on the notices that are not in the pages, which may have been read before them and so have undone what
   * they told: somebody would be a member again of a chat that they were removed from.
   */
  #hearAgain(): void {
    const heard = this.#heard;
    this.#heard = [];
    const next = heard.findIndex(({ prev }) => prev === this.#cursor?.pos);
    for (const { notice, prev, pos } of next === -1 ? [] : heard.slice(next)) {
      this.#out.notice(notice);
      if (this.#cursor?.pos === prev) this.#moveCursor({ ...this.#cursor, pos });
      else this.#pullAgain = true;
    }
    // Whether they are in the pages is known only if the last of them is.
    if (next === -1 && heard.length > 0 && heard.at(-1)?.pos !== this.#cursor?.pos) this.#pullAgain = true;
  }

  #isKnown(epoch: string): boolean {
    return this.#epoch === null || this.#epoch === epoch;
  }

  #moveCursor(cursor: Cursor): void {
    this.#cursor = cursor;
    this.#out.cursorMoved(cursor);
  }

  #pulledChat(state: ChatState, anew: boolean, isVoid: boolean): void {
    const { replica, overlay } = this.#options;
    const { chatId } = state.chat;
    if (!isContiguous(state.messages)) throw new ClientError("invalidReply", "sync.pull: a page with a hole");
    if (!anew) {
      replica.tellAgain(chatId, state.messages);
      this.#out.page(
        chatId,
        state.messages.map((message) => overlay.seen(chatId, message)),
      );
    }
    replica.pulled(state, isVoid);
  }

  /** Where the next pull begins. Without a cursor notices may have been missed, and nothing that is cached counts. */
  #from(): PullFrom {
    const { newest } = this.#options;
    if (this.#cursor === null) return { newest };
    return { pos: this.#cursor.pos, ...this.#known(), newest };
  }

  /** Null when the server does not know this cursor. */
  async #pullPage(from: PullFrom & { after?: string }): Promise<PullResult | null> {
    try {
      return await this.#options.requester.request("sync.pull", from, PULL_TIMEOUT_MS);
    } catch (error) {
      if (error instanceof ReplyError && error.name === "INVALID_PARAMS" && from.pos !== undefined) return null;
      throw error;
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
    this.#hearAgain();
    this.#pulling = false;
    this.#backoff.reset();
    if (!this.#online) return;
    this.#out.synced();
    this.#pullIn(this.#pullAgain ? 0 : PULL_EVERY_MS * (0.5 + this.#options.random.fraction()));
    this.#pullAgain = false;
  }

  #pullFailed(error: unknown): void {
    const again = this.#pullAgain;
    this.#heard = [];
    this.#pulling = false;
    this.#pullAgain = false;
    if (!this.#online) return;
    const waitMs = error instanceof ReplyError ? error.retryAfterMs : 0;
    if (again && waitMs === 0) return this.pull();
    this.#warn("pull", error);
    this.#pullIn(this.#backoff.next(waitMs));
  }

  #pullIn(delayMs: number): void {
    this.#cancelNext();
    this.#cancelNext = this.#options.clock.after(delayMs, () => this.pull());
  }

  #warn(what: string, error: unknown): void {
    if (!(error instanceof AnotherEpoch)) this.#out.warning(`${what}: ${String(error)}`);
  }

  #repairFailed(error: unknown): void {
    if (!this.#online) return;
    this.#warn("chat", error);
    this.#pullIn(this.#backoff.next(error instanceof ReplyError ? error.retryAfterMs : 0));
  }
}

function pageOf(page: PullResult | null): PullResult {
  if (page === null) throw new ClientError("invalidReply", "sync.pull: the cursor is not known any more");
  return page;
}
