import type { Clock, UserId } from "@parley/protocol";
import { metrics } from "../../metrics.ts";
import type { Objects } from "../../objects/objects.ts";
import { endAsGone, eraseFile, isGone, readRemains } from "../../records/file-record.ts";
import { FILE_AGES, fileRefs, userFileHashes } from "../../store/keys.ts";
import type { Kv } from "../../store/kv.ts";
import type { Due } from "../deeds/due.ts";
import type { FileQuota } from "./file-quota.ts";
import { type FileRefs, HELD_MS, holdRef } from "./file-refs.ts";
import { requireOwn } from "./uploads.ts";

/** The kind of timed deed that looks once more for an object that is gone. */
export const LATE_OBJECT = "object";

export interface FileRemovalParts {
  readonly store: Kv;
  readonly clock: Clock;
  readonly objects: Objects;
  readonly quota: FileQuota;
  readonly refs: FileRefs;
  readonly due: () => Due;
}

/** The end of files: the object, the record and the room it took. */
export class FileRemoval {
  readonly #parts: FileRemovalParts;

  constructor(parts: FileRemovalParts) {
    this.#parts = parts;
  }

  /** By its owner. */
  async abort(userId: UserId, fileId: string): Promise<void> {
    const file = await requireOwn(this.#parts.store, userId, fileId);
    if (file.key === null) metrics.uploadsFailed.add("aborted");
    await this.giveUp(file);
  }

  /** What a message has stays. */
  async giveUp(file: { readonly fileId: string; readonly owner: UserId }): Promise<void> {
    if (!(await this.fail(file))) await this.#parts.refs.releaseOwn(file.fileId);
  }

  /** Of an upload that is given up, or came to nothing. False when it is complete: somebody else found it right. */
  async fail(file: { readonly fileId: string; readonly owner: UserId }): Promise<boolean> {
    const { store, clock, refs } = this.#parts;
    const at = clock.now();
    await refs.removeAt(file, at);
    if (!(await endAsGone(store, file.fileId))) return false;
    // The leader does what this cannot: it was told before.
    await this.remove(file.fileId, file.owner).catch(() => {});
    return true;
  }

  /** The timed deed. */
  async sweep(what: string): Promise<void> {
    const { store, quota, refs } = this.#parts;
    const [fileId = "", owner = "", until] = what.split(":");
    await store.setRemove(fileRefs(fileId), holdRef(Number(until)));
    if (
      (await isGone(store, fileId)) ||
      ((await store.setLength(fileRefs(fileId))) === 0 && (await refs.close(fileId)))
    ) {
      await this.remove(fileId, owner);
    } else {
      // A node that died right after it had found the file complete left it among the uploads.
      const file = await readRemains(store, fileId);
      if (file !== null && file.key !== null) await quota.uploadEnded(owner, fileId);
    }
  }

  /** Now, and once more when no URL is good any more by which somebody could bring it back. */
  async removeObject(key: string): Promise<void> {
    const { clock, objects, due } = this.#parts;
    await due().add(LATE_OBJECT, key, clock.now() + HELD_MS);
    await objects.delete(key);
    metrics.objectsRemoved.add();
  }

  /** The timed deed: a URL that was given out before may have brought the object back. */
  async sweepObject(key: string): Promise<void> {
    await this.#parts.objects.delete(key);
  }

  /** Of a file that is gone for good. Any number of times. The record goes last: it tells what else there is. */
  async remove(fileId: string, owner: UserId): Promise<void> {
    const { store, objects, quota, refs } = this.#parts;
    const file = await readRemains(store, fileId);
    if (file !== null) {
      if (file.uploadId !== null && file.key === null) await objects.dropParts(file.target, file.uploadId);
      for (const key of [file.target, ...file.copies]) await this.removeObject(key);
      const hashes = userFileHashes(owner);
      if ((await store.hashGet(hashes, file.sha256)) === fileId) await store.hashDelete(hashes, file.sha256);
    }
    await quota.free(owner, fileId);
    await refs.eraseAll(fileId);
    await eraseFile(store, fileId);
    await store.sortedRemove(FILE_AGES, fileId);
  }
}
