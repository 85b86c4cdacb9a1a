import { limits, ReplyError, type UserId } from "@parley/protocol";
import { userFiles, userUploads } from "../../store/keys.ts";
import type { Kv } from "../../store/kv.ts";

const TOTAL = "total";
/** Before the bytes of a file that may not be part of the total. */
const UNCOUNTED = "?";

export interface FileRoom {
  /** Of the largest single file. */
  readonly fileMax: number;
  /** Of all files of one person. */
  readonly fileQuota: number;
}

/**
 * How much somebody has stored, uploads that were begun included. The total is counted up before a file is let in and
 * down after its field is gone: a node that dies in between leaves it too high, never too low. So what fits by the total
 * fits; only who would be refused is counted file by file.
 */
export class FileQuota {
  readonly #store: Kv;
  readonly #room: FileRoom;

  constructor(store: Kv, room: FileRoom) {
    this.#store = store;
    this.#room = room;
  }

  /** Throws what keeps the file from being taken, as far as that is known without writing anything. */
  async check(userId: UserId, size: number): Promise<void> {
    if (size > this.#room.fileMax) throw new ReplyError("FILE_TOO_LARGE");
    const [uploads, total] = await Promise.all([
      this.#store.hashLength(userUploads(userId)),
      this.#store.hashGet(userFiles(userId), TOTAL),
    ]);
    if (uploads >= limits.UPLOADS_MAX) throw new ReplyError("LIMIT_REACHED");
    if (Number(total ?? 0) + size > this.#room.fileQuota) await this.#count(userId, size);
  }

  /** However many ask at once: those that are let in are never too many. Who is refused calls `free`. */
  async reserve(userId: UserId, fileId: string, size: number, now: number): Promise<void> {
    const store = this.#store;
    const [uploads, files] = [userUploads(userId), userFiles(userId)];
    // Those of one key in this order, also at the store.
    const [, count, , total] = await Promise.all([
      store.hashSet(uploads, fileId, String(now)),
      store.hashLength(uploads),
      store.hashSet(files, fileId, UNCOUNTED + size),
      store.hashIncrement(files, TOTAL, size),
      store.hashSet(files, fileId, String(size)),
    ]);
    if (count > limits.UPLOADS_MAX) throw new ReplyError("LIMIT_REACHED");
    if (total > this.#room.fileQuota) await this.#count(userId, 0);
  }

  /** Has `reserve` been done to its end? */
  async has(userId: UserId, fileId: string): Promise<boolean> {
    const [size, begun] = await Promise.all([
      this.#store.hashGet(userFiles(userId), fileId),
      this.#store.hashGet(userUploads(userId), fileId),
    ]);
    return size !== null && !size.startsWith(UNCOUNTED) && begun !== null;
  }

  /** Idempotent. */
  async free(userId: UserId, fileId: string): Promise<void> {
    const key = userFiles(userId);
    const size = await this.#store.hashGet(key, fileId);
    await this.uploadEnded(userId, fileId);
    if (size === null || (await this.#store.hashDelete(key, fileId)) === 0) return;
    if (!size.startsWith(UNCOUNTED)) await this.#store.hashIncrement(key, TOTAL, -Number(size));
  }

  /** The file is complete, or there is none. */
  async uploadEnded(userId: UserId, fileId: string): Promise<void> {
    await this.#store.hashDelete(userUploads(userId), fileId);
  }

  async of(userId: UserId): Promise<{ usedBytes: number; quotaBytes: number; fileBytes: number }> {
    const { fileMax, fileQuota } = this.#room;
    return { usedBytes: await this.#sum(userId), quotaBytes: fileQuota, fileBytes: fileMax };
  }

  async *filesOf(userId: UserId): AsyncIterable<string> {
    for await (const [fileId] of this.#store.hashScan(userFiles(userId))) if (fileId !== TOTAL) yield fileId;
  }

  async #count(userId: UserId, more: number): Promise<void> {
    if ((await this.#sum(userId)) + more > this.#room.fileQuota) throw new ReplyError("QUOTA_EXCEEDED");
  }

  async #sum(userId: UserId): Promise<number> {
    // A scan may answer a field twice.
    const sizes = new Map<string, number>();
    for await (const [field, size] of this.#store.hashScan(userFiles(userId))) {
      if (field !== TOTAL) sizes.set(field, Number(size.replace(UNCOUNTED, "")));
    }
    return [...sizes.values()].reduce((sum, size) => sum + size, 0);
  }
}
