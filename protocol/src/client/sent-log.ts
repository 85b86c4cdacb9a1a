import type { ChatId, UserId } from "../ids.ts";
import type { Clock } from "../platform.ts";
import { entryOf, type SentRecord } from "./outbox-shelf.ts";
import type { HistoryPage } from "./requester.ts";
import type { ClientStorage } from "./storage.ts";

/** A store that lost its tail is noticed within this time, or its operator restored a backup on purpose (SPEC S9). */
const KEPT_MS = 24 * 3600_000;
/** Own messages of a day; a bot that writes more keeps the newest. */
const KEPT_MAX = 5_000;

/** Own acknowledged messages of the last day. */
export class SentLog {
  readonly #storage: ClientStorage;
  readonly #clock: Clock;

  constructor(storage: ClientStorage, clock: Clock) {
    this.#storage = storage;
    this.#clock = clock;
  }

  /** Drops what is too old. Times of the server and of this clock may differ by minutes; a day may be a little longer. */
  async prune(): Promise<void> {
    const records = (await this.#all()).sort((a, b) => b.sentAt - a.sentAt);
    const oldest = this.#clock.now() - KEPT_MS;
    const dropped = records.filter((record, i) => i >= KEPT_MAX || record.sentAt < oldest);
    const keys = dropped.map(({ entry }) => entry.clientId);
    if (keys.length > 0) await this.#storage.write(keys.map((key) => ({ table: "sent", key, remove: true })));
  }

  /** Own messages that the chat should have in this new epoch, and has not. `page` are its newest entries. */
  async missing(chatId: ChatId, page: HistoryPage, epoch: string, me: UserId): Promise<SentRecord[]> {
    const mine = new Set(
      page.messages.flatMap((message) => (message.kind !== "void" && message.sender === me ? [message.clientId] : [])),
    );
    const records = await this.#all();
    // A message that lies before the page may be there or not; sending it again answers with its place if it is.
    return records
      .filter(({ entry, epoch: then }) => entry.chatId === chatId && then !== epoch && !mine.has(entry.clientId))
      .sort((a, b) => a.seq - b.seq);
  }

  async #all(): Promise<SentRecord[]> {
    return (await this.#storage.all("sent")).map(([, value]) => {
      const record = value as SentRecord;
      return { ...record, entry: entryOf(record.entry) };
    });
  }
}
