import type { ChatId, Clock } from "@parley/protocol";
import type { Log } from "../../log.ts";
import { metrics } from "../../metrics.ts";
import { readHead } from "../../records/entry.ts";
import { isGone, readRemains } from "../../records/file-record.ts";
import { chatLog, FILE_AGES, fileRefs } from "../../store/keys.ts";
import type { Kv } from "../../store/kv.ts";
import { type FileRefs, holdEnd, messageOf } from "./file-refs.ts";
import type { FileRemoval } from "./file-removal.ts";

/** Files looked at together. */
const BATCH = 32;
/** In one term: where a retention is new on an old server there may be millions, and whoever stops waits for the rest. */
const BATCHES_MAX = 32;
/** What somebody is about to send, or a store that failed, is looked at again after this. */
const AGAIN_MS = 3600_000;
const RETRY_MS = 60_000;

export interface FileExpiryParts {
  readonly store: Kv;
  readonly clock: Clock;
  readonly log: Log;
  readonly refs: FileRefs;
  readonly removal: FileRemoval;
  readonly retentionMs: number;
}

/**
 * Removes files that no message of the last days holds; their messages stay. A sorted set remembers for each file a time
 * that is never later than its newest message: what is due by that is looked at, and either gone or due later.
 */
export class FileExpiry {
  readonly #parts: FileExpiryParts;

  constructor(parts: FileExpiryParts) {
    this.#parts = parts;
  }

  async isAny(): Promise<boolean> {
    return (await this.#due(1)).length > 0;
  }

  /** Files that are looked at when their time comes. */
  count(): Promise<number> {
    return this.#parts.store.sortedLength(FILE_AGES);
  }

  /** The leader's task. May be done any number of times, by several at once. */
  async run(): Promise<void> {
    for (let batch = 0; batch < BATCHES_MAX; batch += 1) {
      const fileIds = await this.#due(BATCH);
      if (fileIds.length === 0) return;
      await Promise.all(fileIds.map((fileId) => this.#look(fileId)));
    }
  }

  /** What was said until then is too old. */
  get #oldest(): number {
    return this.#parts.clock.now() - this.#parts.retentionMs;
  }

  #due(limit: number): Promise<string[]> {
    return this.#parts.store.sortedRange(FILE_AGES, 0, this.#oldest, limit);
  }

  async #look(fileId: string): Promise<void> {
    const { store, log } = this.#parts;
    try {
      const keptFrom = await this.#expire(fileId);
      if (keptFrom !== null) await store.sortedAdd(FILE_AGES, keptFrom, fileId);
    } catch (error) {
      log.warn("a file could not be removed", { reason: "retention", error });
      await store.sortedAdd(FILE_AGES, this.#oldest + RETRY_MS, fileId);
    }
  }

  /** Null when the file is gone, else the time from which it counts. */
  async #expire(fileId: string): Promise<number | null> {
    const { store, refs, removal } = this.#parts;
    const file = await readRemains(store, fileId);
    if (file === null) {
      await refs.eraseAll(fileId);
      await store.sortedRemove(FILE_AGES, fileId);
      return null;
    }
    if (!(await isGone(store, fileId))) {
      const keptFrom = await this.#keptFrom(fileId);
      if (keptFrom !== null) return keptFrom;
      // Twice: a scan may miss what was sent meanwhile, between its two names. The second begins when it has the later one.
      const isKept = async () => ((await this.#keptFrom(fileId)) ?? (await this.#keptFrom(fileId))) !== null;
      if (!(await refs.close(fileId, isKept))) return this.#oldest + RETRY_MS;
    }
    await removal.remove(fileId, file.owner);
    metrics.filesExpired.add();
    return null;
  }

  /** Null when nothing keeps it but what is too old. */
  async #keptFrom(fileId: string): Promise<number | null> {
    const { store, clock } = this.#parts;
    for await (const ref of store.setScan(fileRefs(fileId))) {
      const message = messageOf(ref);
      if (message !== null) {
        const sentAt = await this.#sentAt(message.chatId, message.seq);
        if (sentAt !== null && sentAt > this.#oldest) return sentAt;
      } else if ((holdEnd(ref) ?? Number.POSITIVE_INFINITY) > clock.now()) {
        // Somebody is about to send it.
        return this.#oldest + AGAIN_MS;
      }
    }
    return null;
  }

  /** Null for what was taken back. */
  async #sentAt(chatId: ChatId, seq: number): Promise<number | null> {
    const head = readHead((await this.#parts.store.listGet(chatLog(chatId), seq - 1)) ?? "");
    return head === null || head.kind === "retracted" ? null : head.sentAt;
  }
}
