import type { ChatId, ClientId, UserId } from "../ids.ts";
import { HISTORY_PAGE_MAX } from "../limits.ts";
import type { Params } from "../requests.ts";
import type { Message } from "../schema/message.ts";
import type { CacheReader } from "./replica/cache-reader.ts";
import { isContiguous } from "./replica/chat-log.ts";
import type { Overlay } from "./replica/overlay.ts";
import type { Replica } from "./replica/replica.ts";
import type { Acknowledged, HistoryPage } from "./requester.ts";
import { ClientError } from "./state.ts";

export interface HistoryWanted {
  readonly before?: number;
  readonly after?: number;
  readonly at?: number;
  readonly limit: number;
}

export interface MessagesPage {
  readonly messages: readonly Message[];
  readonly more: boolean;
}

/** Pages that the search for one lost acknowledgement may read. */
const SEARCH_PAGES_MAX = 25;
/** Clocks of nodes differ a little; an hour is plenty. */
const SEARCH_BEFORE_MS = 3600_000;

export interface HistoryOut {
  request(params: Params<"message.history">): Promise<HistoryPage>;
  /** Writes what was applied before it is read. */
  settled(): Promise<void>;
  /** What came, from the cache or the server, by what notices have said since. */
  seen(chatId: ChatId, messages: readonly Message[]): Promise<readonly Message[]>;
  /** Older entries of a page that ends right before `before`. */
  fetched(chatId: ChatId, messages: readonly Message[]): void;
  /** The server answered for this epoch. False when it is not the one that is cached. */
  met(epoch: string): boolean;
}

/** Pages of a chat's log: from the cache where it has them, else from the server. */
export class History {
  readonly #reader: CacheReader;
  readonly #overlay: Overlay;
  readonly #out: HistoryOut;

  constructor(reader: CacheReader, overlay: Overlay, out: HistoryOut) {
    this.#reader = reader;
    this.#overlay = overlay;
    this.#out = out;
  }

  page(replica: Replica, chatId: ChatId, wanted: HistoryWanted): Promise<MessagesPage> {
    return this.#overlay.inOneLife(() => this.#page(replica, chatId, wanted));
  }

  /** Looks for an own message by its clientId among those sent about the time it was written or later. */
  find(chatId: ChatId, clientId: ClientId, writtenAt: number, me: UserId): Promise<Acknowledged | null> {
    return this.#overlay.inOneLife(() => this.#find(chatId, clientId, writtenAt, me));
  }

  async #page(replica: Replica, chatId: ChatId, wanted: HistoryWanted): Promise<MessagesPage> {
    const limit = Math.min(wanted.limit, HISTORY_PAGE_MAX);
    const { chat, log } = replica.get(chatId) ?? {};
    const forward = wanted.after !== undefined || wanted.at !== undefined;
    const cached = await this.#cached(chatId, wanted, limit, log?.placed ? log.applied + 1 : undefined);
    const messages = cached.length > 0 ? cached : await this.#fetch(chatId, { ...wanted, limit });
    const [first, last] = [messages[0], messages.at(-1)];
    if (first === undefined || last === undefined) return { messages, more: false };
    const oldest = Math.max(1, chat?.fromSeq ?? 1);
    return { messages, more: forward ? last.seq < (log?.applied ?? 0) : first.seq > oldest };
  }

  async #find(chatId: ChatId, clientId: ClientId, writtenAt: number, me: UserId): Promise<Acknowledged | null> {
    let place: { at: number } | { after: number } = { at: Math.max(0, writtenAt - SEARCH_BEFORE_MS) };
    for (let pages = 0; pages < SEARCH_PAGES_MAX; pages++) {
      const page = await this.#out.request({ chatId, ...place, limit: HISTORY_PAGE_MAX });
      for (const message of page.messages) {
        if (message.kind === "void" || message.clientId !== clientId || message.sender !== me) continue;
        return { seq: message.seq, sentAt: message.sentAt, epoch: page.epoch };
      }
      const last = page.messages.at(-1);
      if (last === undefined || last.seq >= page.head) return null;
      place = { after: last.seq };
    }
    return null;
  }

  async #cached(
    chatId: ChatId,
    wanted: HistoryWanted,
    limit: number,
    end: number | undefined,
  ): Promise<readonly Message[]> {
    if (wanted.at !== undefined) return [];
    await this.#out.settled();
    const before = wanted.before ?? end;
    if (wanted.after !== undefined)
      return this.#out.seen(chatId, await this.#reader.after(chatId, wanted.after, limit));
    return before === undefined ? [] : this.#out.seen(chatId, await this.#reader.before(chatId, before, limit));
  }

  async #fetch(chatId: ChatId, wanted: HistoryWanted): Promise<readonly Message[]> {
    const { life } = this.#overlay;
    const page = await this.#out.request({ chatId, ...wanted });
    if (!isContiguous(page.messages)) throw new ClientError("invalidReply", "message.history: a page with a hole");
    const messages = await this.#out.seen(chatId, page.messages);
    if (life === this.#overlay.life && this.#out.met(page.epoch)) this.#out.fetched(chatId, messages);
    return messages;
  }
}
