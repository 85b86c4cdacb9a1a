import type { Clock, UserId } from "@parley/protocol";
import { metrics } from "../../metrics.ts";
import { endAsGone, eraseFile, isGone, readRemains } from "../../records/file-record.ts";
import { FILE_AGES, fileRefs, userFileHashes } from "../../store/keys.ts";
import type { Kv } from "../../store/kv.ts";
import type { BeginClaims } from "./begin-claims.ts";
import type { FileClosing } from "./file-closing.ts";
import type { FileQuota } from "./file-quota.ts";
import { type FileRefs, HELD_MS, holdRef } from "./file-refs.ts";
import { requireOwn } from "./own-file.ts";

export interface FileRemovalParts {
  readonly store: Kv;
  readonly clock: Clock;
  readonly quota: FileQuota;
  readonly refs: FileRefs;
  readonly closing: FileClosing;
  readonly claims: BeginClaims;
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
    const isDone = await this.remove(file.fileId, file.owner).then(
      () => true,
      () => false,
    );
    if (isDone) await refs.forgetRemoval(file, at);
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

  /** Of a file that is gone for good. Any number of times. The record goes last: it tells what else there is. */
  async remove(fileId: string, owner: UserId): Promise<void> {
    const { store, quota, refs, closing, claims } = this.#parts;
    const file = await readRemains(store, fileId);
    if (file !== null) {
      await closing.close(file);
      for (const key of file.copies) await closing.closeOther(key);
      const hashes = userFileHashes(owner);
      if ((await store.hashGet(hashes, file.sha256)) === fileId) await store.hashDelete(hashes, file.sha256);
    }
    if (!(await closing.keepsRoom(owner, fileId))) await quota.free(owner, fileId);
    if (file !== null) await claims.release(file);
    await refs.eraseAll(fileId);
    await eraseFile(store, fileId);
    await store.sortedRemove(FILE_AGES, fileId);
    if (file !== null) await refs.forgetRemoval({ fileId, owner }, file.createdAt + HELD_MS);
  }
}
