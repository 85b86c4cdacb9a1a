import type { ChatId, Clock } from "@parley/protocol";
import type { BusMessage } from "../../bus/bus.ts";
import { metrics } from "../../metrics.ts";
import { type Entry, entryText } from "../../records/entry.ts";
import { chatLog, dedupeBucket, dedupeId } from "../../store/keys.ts";
import type { Append, Appended, Grounds, Kv } from "../../store/kv.ts";

export interface ChatLogsParts {
  readonly store: Kv;
  readonly clock: Clock;
  readonly epoch: () => string;
  readonly announce: (message: BusMessage) => void;
  /** A length that the log is known to have had, or null. */
  readonly knownLength: (chatId: ChatId) => number | null;
}

/** Older entries have been found by each node's own look at the heads; their resends would be noise on the bus. */
const UNTOLD_MAX_MS = 60_000;

/** The one place that appends to the logs of chats. */
export class ChatLogs {
  readonly #parts: ChatLogsParts;

  constructor(parts: ChatLogsParts) {
    this.#parts = parts;
  }

  /**
   * Durable when it resolves; from then on, and not before, it is told to those who are connected. `ready` does what has
   * to be so when they hear of it: who acts on it at once must not be refused.
   */
  async append(chatId: ChatId, entry: Entry, ready?: (seq: number) => Promise<void>): Promise<Appended> {
    const append = this.#appendOf(chatId, entry);
    const appended = await this.#parts.store.appendOnce(append);
    await ready?.(appended.seq);
    this.#tell(chatId, append, appended);
    return appended;
  }

  /**
   * The same if the grounds hold, and without a look at them before; null: nothing was appended. `after`: nor is it if that
   * message of the same sender is not there.
   */
  async appendIf(
    grounds: Grounds,
    chatId: ChatId,
    entry: Entry,
    after: Pick<Entry, "clientId" | "sentAt"> | null = null,
  ): Promise<Appended | null> {
    const plain = this.#appendOf(chatId, entry);
    // The store looks into one bucket only, and two messages seldom have midnight between them.
    if (after !== null && dedupeBucket(chatId, after.clientId).key !== plain.bucket) return null;
    const append =
      after === null
        ? plain
        : { ...plain, after: { id: dedupeId(entry.sender, after.clientId), sentAt: after.sentAt } };
    const appended = await this.#parts.store.appendIf(append, grounds);
    if (appended !== null) this.#tell(chatId, append, appended);
    return appended;
  }

  /**
   * Tells an entry that was found instead of appended: whoever appended it may have died, or given up on the answer,
   * before it told anybody. Rooms that delivered it already drop it.
   */
  announceFound(chatId: ChatId, { seq, sentAt }: Pick<Appended, "seq" | "sentAt">, text: string): void {
    const { clock, announce } = this.#parts;
    if (clock.now() - sentAt < UNTOLD_MAX_MS) announce({ kind: "entry", chatId, seq, text });
  }

  #appendOf(chatId: ChatId, entry: Entry): Append {
    const bucket = dedupeBucket(chatId, entry.clientId);
    const known = this.#parts.knownLength(chatId);
    return {
      log: chatLog(chatId),
      bucket: bucket.key,
      bucketTtlSeconds: bucket.ttlSeconds,
      id: dedupeId(entry.sender, entry.clientId),
      entry: entryText(entry),
      sentAt: entry.sentAt,
      epoch: this.#parts.epoch(),
      ...(known === null ? {} : { knownLength: known }),
    };
  }

  #tell(chatId: ChatId, { entry }: Append, { seq, duplicate }: Appended): void {
    if (duplicate) return;
    metrics.messagesAppended.add();
    this.#parts.announce({ kind: "entry", chatId, seq, text: entry });
  }
}
