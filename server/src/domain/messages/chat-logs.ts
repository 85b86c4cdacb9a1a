import type { ChatId } from "@parley/protocol";
import type { BusMessage } from "../../bus/bus.ts";
import { type Entry, entryText } from "../../records/entry.ts";
import { chatLog, dedupeBucket, dedupeId } from "../../store/keys.ts";
import type { Appended, Kv } from "../../store/kv.ts";

export interface ChatLogsParts {
  readonly store: Kv;
  readonly epoch: () => string;
  readonly announce: (message: BusMessage) => void;
  /** A length that the log is known to have had, or null. */
  readonly knownLength: (chatId: ChatId) => number | null;
}

/** The one place that appends to the logs of chats. */
export class ChatLogs {
  readonly #parts: ChatLogsParts;

  constructor(parts: ChatLogsParts) {
    this.#parts = parts;
  }

  /** Durable when it resolves; from then on, and not before, it is told to those who are connected. */
  async append(chatId: ChatId, entry: Entry): Promise<Appended> {
    const { store, epoch, announce, knownLength } = this.#parts;
    const bucket = dedupeBucket(chatId, entry.clientId);
    const text = entryText(entry);
    const known = knownLength(chatId);
    const appended = await store.appendOnce({
      log: chatLog(chatId),
      bucket: bucket.key,
      bucketTtlSeconds: bucket.ttlSeconds,
      id: dedupeId(entry.sender, entry.clientId),
      entry: text,
      sentAt: entry.sentAt,
      epoch: epoch(),
      ...(known === null ? {} : { knownLength: known }),
    });
    if (!appended.duplicate) announce({ kind: "entry", chatId, seq: appended.seq, text });
    return appended;
  }
}
