import type { ChatId, ClientId, UserId } from "../ids.ts";
import type { Clock } from "../platform.ts";
import type { Message } from "../schema/message.ts";
import { entryOf, type SentRecord } from "./outbox-shelf.ts";
import type { ClientStorage } from "./storage.ts";

/** A store that lost its tail is noticed within this time, or its operator restored a backup on purpose (SPEC S9). */
const KEPT_MS = 24 * 3600_000;
/** Own messages of a day; a bot that writes more keeps the newest. */
const KEPT_MAX = 5_000;

/** What a new epoch made of own messages. */
export interface Reviewed {
  /** Not in the chat any more, in the order in which they were. */
  readonly lost: readonly SentRecord[];
  /** Where they are now: an earlier try may come through once the acknowledged one is lost. */
  readonly moved: readonly SentRecord[];
}

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

  /** Looks for own messages of another epoch than this one among the newest entries of the chat. */
  async review(chatId: ChatId, newest: readonly Message[], epoch: string, me: UserId): Promise<Reviewed> {
    const mine = new Map<ClientId, readonly [seq: number, sentAt: number]>();
    for (const message of newest) {
      if (message.kind === "void" || message.sender !== me) continue;
      mine.set(message.clientId, [message.seq, message.sentAt]);
    }
    const lost: SentRecord[] = [];
    const moved: SentRecord[] = [];
    for (const record of await this.#all()) {
      if (record.entry.chatId !== chatId || record.epoch === epoch) continue;
      const [seq, sentAt] = mine.get(record.entry.clientId) ?? [];
      // One that lies before them may be there or not; sending it again answers with its place if it is.
      if (seq === undefined || sentAt === undefined) lost.push(record);
      else if (seq !== record.seq || sentAt !== record.sentAt) moved.push({ ...record, seq, sentAt, epoch });
    }
    const changes = moved.map((record) => ({ table: "sent", key: record.entry.clientId, value: record }) as const);
    if (changes.length > 0) await this.#storage.write(changes);
    return { lost: lost.sort((a, b) => a.seq - b.seq), moved };
  }

  async #all(): Promise<SentRecord[]> {
    return (await this.#storage.all("sent")).map(([, value]) => {
      const record = value as SentRecord;
      return { ...record, entry: entryOf(record.entry) };
    });
  }
}
