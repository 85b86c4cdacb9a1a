import { ReplyError } from "../errors.ts";
import type { ChatId } from "../ids.ts";
import { HISTORY_PAGE_MAX } from "../limits.ts";
import type { Clock } from "../platform.ts";
import type { Params } from "../requests.ts";
import type { Message } from "../schema/message.ts";
import { JobQueue } from "./job-queue.ts";
import { isContiguous } from "./replica/chat-log.ts";
import { addCounts, countUnread, type UnreadCount } from "./replica/counting.ts";
import type { Overlay } from "./replica/overlay.ts";
import type { Replica } from "./replica/replica.ts";
import type { HistoryPage, Requester } from "./requester.ts";
import { ClientError } from "./state.ts";

/** An acknowledgement may overtake the push of an entry before it; only after this is that one fetched. */
const OVERTAKEN_MS = 1_000;
/** Pages of history asked for at once, so that a reconnect leaves room for what a person does. */
const FETCHES_AT_ONCE = 4;
/** A gap beyond this is not filled: the chat starts anew from its newest entries. */
const FILL_MAX = 5 * HISTORY_PAGE_MAX;
/** Newest entries of each chat that are loaded again when the store has another epoch (SPEC S9). */
const EPOCH_RELOAD = 200;
/** Pages that a count of unread entries may read; beyond, the present figure stays. */
const COUNT_PAGES_MAX = 8;

type PageWanted = Omit<Params<"message.history">, "at">;

/** The server has answered for another epoch than the one that is known. A pull tells what it is about, and nobody has to know. */
export class AnotherEpoch extends Error {
  override readonly name = "AnotherEpoch";
}

/** What was counted so far of a log, from the marker on. */
interface Counted extends UnreadCount {
  readonly life: number;
  readonly readSeq: number;
  readonly upTo: number;
}

export interface ChatRepairParts {
  readonly clock: Clock;
  readonly requester: Requester;
  readonly replica: Replica;
  readonly overlay: Overlay;
  /** Whether this is the epoch that is known. */
  isKnown(epoch: string): boolean;
  /** These are the newest entries of a chat in a new epoch. Resolves when what follows from them is written down. */
  reloaded(chatId: ChatId, newest: readonly Message[], epoch: string): Promise<void>;
  /** What was wanted could not be had now. */
  failed(error: unknown): void;
}

/** Fetches what single chats lack: entries of a gap, a count, everything after a new epoch. */
export class ChatRepair {
  readonly #parts: ChatRepairParts;
  readonly #fetches = new JobQueue(FETCHES_AT_ONCE);
  readonly #filling = new Set<ChatId>();
  readonly #counting = new Set<ChatId>();
  /** Entries were changed while they were being counted. */
  readonly #countAgain = new Set<ChatId>();

  constructor(parts: ChatRepairParts) {
    this.#parts = parts;
  }

  /** Fetches what is missing in this chat, if anything is. */
  fill(chatId: ChatId): void {
    if (this.#parts.replica.get(chatId)?.log.behind) this.#once(this.#filling, chatId, () => this.#fill(chatId));
  }

  /** An entry is known from its acknowledgement while earlier ones are not here yet. */
  fillSoon(chatId: ChatId): void {
    this.#parts.clock.after(OVERTAKEN_MS, () => this.fill(chatId));
  }

  /** Counts the unread entries of this chat from its log. */
  recount(chatId: ChatId): void {
    if (this.#counting.has(chatId)) this.#countAgain.add(chatId);
    else
      this.#once(
        this.#counting,
        chatId,
        () => this.#recount(chatId),
        () => this.#countAgain.delete(chatId) && this.recount(chatId),
      );
  }

  /** Counts what a lost connection or a closed page kept from being counted. */
  resume(): void {
    for (const { chat, uncounted } of this.#parts.replica.all()) if (uncounted) this.recount(chat.chatId);
  }

  async reloadAll(epoch: string): Promise<void> {
    const chats = this.#parts.replica.all().filter(({ log }) => log.placed);
    await Promise.all(chats.map(({ chat }) => this.#fetches.run(() => this.#reload(chat.chatId, epoch))));
  }

  #once(under: Set<ChatId>, chatId: ChatId, job: () => Promise<void>, after: () => void = () => {}): void {
    if (under.has(chatId)) return;
    under.add(chatId);
    void this.#fetches
      .run(job)
      .catch((error: unknown) => this.#failed(chatId, error))
      .finally(() => {
        under.delete(chatId);
        after();
      });
  }

  async #fill(chatId: ChatId): Promise<void> {
    const { replica, overlay, isKnown } = this.#parts;
    for (let log = replica.get(chatId)?.log; log?.behind; log = replica.get(chatId)?.log) {
      const { life } = overlay;
      const before = log.applied;
      const tooMany = log.gap > FILL_MAX;
      const page = await this.#page({ chatId, ...(tooMany ? {} : { after: before }), limit: HISTORY_PAGE_MAX });
      // Of a log that is no more, or of one that is not known yet: its entries do not belong to those that are here.
      if (life !== overlay.life) continue;
      if (!isKnown(page.epoch)) return this.#parts.failed(new AnotherEpoch());
      if (tooMany) replica.restart(chatId, page.messages, page.head, false);
      else replica.offer(chatId, page.messages, "sync");
      // Nothing fits: the chat was left and joined again, or the server that answered is behind. A pull tells.
      if (log.applied === before) return this.#parts.failed(new ClientError("invalidReply", "a gap stays"));
    }
  }

  async #recount(chatId: ChatId): Promise<void> {
    const { replica, requester, overlay } = this.#parts;
    let counted: Counted = { life: -1, readSeq: -1, upTo: 0, unread: 0, mentions: 0 };
    for (let pages = 0; pages < COUNT_PAGES_MAX; pages++) {
      const entry = replica.get(chatId);
      if (entry === undefined) return;
      const { seenTo: readSeq, log } = entry;
      const { life } = overlay;
      // The marker moved while a page was read, or the log became another one.
      if (counted.readSeq !== readSeq || counted.life !== life) {
        counted = { life, readSeq, upTo: readSeq, unread: 0, mentions: 0 };
      }
      if (counted.upTo >= log.applied) return replica.counted(chatId, counted);
      const { messages } = await requester.historyAfter(chatId, counted.upTo, HISTORY_PAGE_MAX);
      if (life !== overlay.life) continue;
      const here = messages.filter(({ seq }) => seq <= log.applied);
      const upTo = here.at(-1)?.seq;
      if (upTo === undefined) return;
      counted = { ...counted, upTo, ...addCounts(counted, countUnread(here, readSeq, replica.me)) };
    }
    const entry = replica.get(chatId);
    if (entry) replica.counted(chatId, entry);
  }

  /** The newest entries as the new epoch has them, in as many pages as their size needs. */
  async #reload(chatId: ChatId, epoch: string): Promise<void> {
    const { replica, reloaded } = this.#parts;
    try {
      const page = await this.#pageOf(epoch, { chatId, limit: EPOCH_RELOAD });
      const messages = [...page.messages];
      for (let first = messages[0]?.seq ?? 1; first > 1 && messages.length < EPOCH_RELOAD; ) {
        const older = await this.#pageOf(epoch, { chatId, before: first, limit: EPOCH_RELOAD - messages.length });
        if (older.messages.length === 0) break;
        messages.unshift(...older.messages);
        first = messages[0]?.seq ?? 1;
      }
      replica.restart(chatId, messages, page.head, true);
      await reloaded(chatId, messages, epoch);
    } catch (error) {
      if (!isGone(error)) throw error;
      replica.remove(chatId);
    }
  }

  /** Throws when the epoch is over already: the next pull finds the one after it. */
  async #pageOf(epoch: string, params: PageWanted): Promise<HistoryPage> {
    const page = await this.#page(params);
    if (page.epoch !== epoch) throw new AnotherEpoch();
    return page;
  }

  async #page(params: PageWanted): Promise<HistoryPage> {
    const page = await this.#parts.requester.request("message.history", params);
    if (!isContiguous(page.messages)) throw new ClientError("invalidReply", "message.history: a page with a hole");
    return page;
  }

  #failed(chatId: ChatId, error: unknown): void {
    if (isGone(error)) this.#parts.replica.remove(chatId);
    else this.#parts.failed(error);
  }
}

function isGone(error: unknown): boolean {
  return error instanceof ReplyError && (error.name === "CHAT_NOT_FOUND" || error.name === "NOT_MEMBER");
}
