import {
  type Clock,
  type FilePart,
  type Random,
  ReplyError,
  type ReplyErrorName,
  type Result,
  type UserId,
} from "@parley/protocol";
import { metrics } from "../../metrics.ts";
import type { Digests } from "../../objects/digests/digests.ts";
import { copiedKey, fileKey } from "../../objects/object-keys.ts";
import { type Objects, ObjectsUnavailable, type StoredPart } from "../../objects/objects.ts";
import { endAsComplete, type FileRecord, readFile, readParts, writeCopy } from "../../records/file-record.ts";
import { userFileHashes } from "../../store/keys.ts";
import type { Kv } from "../../store/kv.ts";
import { newId } from "../ids.ts";
import type { FileClosing } from "./file-closing.ts";
import type { FileQuota } from "./file-quota.ts";
import type { FileRemoval } from "./file-removal.ts";
import { isDeclaredType, START_BYTES } from "./media-type.ts";
import { requireOwn } from "./own-file.ts";
import { answered } from "./store-answers.ts";

type Wrong = Extract<ReplyErrorName, "FILE_SIZE_WRONG" | "FILE_HASH_WRONG" | "FILE_TYPE_WRONG">;

const REASONS = { FILE_SIZE_WRONG: "size", FILE_HASH_WRONG: "hash", FILE_TYPE_WRONG: "type" } as const;
/** The connection's other requests wait meanwhile; a check that takes longer goes on without this one. */
const ANSWER_MS = 1_000;
const ASK_AGAIN_MS = 1_000;
/** Files that were found wrong while nobody waited, of which their owners have not heard. */
const UNHEARD_MAX = 1_000;

export interface CompletionParts {
  readonly store: Kv;
  readonly clock: Clock;
  readonly random: Random;
  readonly objects: Objects;
  readonly digests: Pick<Digests, "sha256"> | null;
  readonly quota: FileQuota;
  readonly removal: FileRemoval;
  readonly closing: FileClosing;
}

/**
 * Compares what arrived with what was declared. What is compared is an object that nobody can write any more: one that
 * the store takes only once, one joined of parts that it has checked, or a copy that only this check knows of.
 */
export class Completion {
  readonly #parts: CompletionParts;
  /** Checks under way, by file. */
  readonly #running = new Map<string, Promise<void>>();
  readonly #unheard = new Map<string, { readonly owner: UserId; readonly wrong: ReplyErrorName }>();
  readonly #abort = new AbortController();

  constructor(parts: CompletionParts) {
    this.#parts = parts;
  }

  /**
   * Any number of times, also at once: the first one that finds the bytes right, or wrong, decides. Throws `FILE_CHECKING`
   * while a file is read, which takes longer than a request may; it goes on, and whoever asks again hears what came of it.
   */
  async complete(userId: UserId, fileId: string): Promise<Result<"file.complete">> {
    const { store } = this.#parts;
    const file = await requireOwn(store, userId, fileId).catch((error) => {
      const unheard = this.#unheard.get(fileId);
      throw unheard?.owner === userId ? new ReplyError(unheard.wrong) : error;
    });
    const failure =
      file.key === null
        ? await this.#checkOnce(file).then(
            () => null,
            (error: unknown) => error,
          )
        : null;
    const found = await readFile(store, fileId);
    // Another node may have found it right, and tidied up what was looked at here.
    if (failure !== null && (found === null || found.key === null)) throw failure;
    if (found === null || found.key === null) throw new ReplyError("FILE_NOT_FOUND");
    await this.#settle(found);
    const { name, type, size, sha256 } = found;
    return { fileId, name, type, size, sha256 };
  }

  /** Ends what is being read; it is begun anew by whoever asks again. */
  async stop(): Promise<void> {
    this.#abort.abort();
    await Promise.allSettled(this.#running.values());
  }

  /** Who asks while it is being checked waits for that. */
  async #checkOnce(file: FileRecord): Promise<void> {
    const { fileId } = file;
    const running = this.#running.get(fileId) ?? this.#check(file).finally(() => this.#running.delete(fileId));
    this.#running.set(fileId, running);
    await (this.#parts.objects.abilities.md5 === false ? this.#soon(running) : running);
  }

  async #soon(running: Promise<void>): Promise<void> {
    let cancel = () => {};
    const late = new Promise<never>((_, reject) => {
      const checking = () => reject(new ReplyError("FILE_CHECKING", { retryAfterMs: ASK_AGAIN_MS }));
      cancel = this.#parts.clock.after(ANSWER_MS, checking);
    });
    await Promise.race([running, late]).finally(cancel);
  }

  async #check(file: FileRecord): Promise<void> {
    const { store, objects, removal, closing } = this.#parts;
    const checked = await answered(this.#object(objects, file));
    const wrong = "wrong" in checked ? checked.wrong : await answered(this.#findWrong(file, checked.key));
    if (wrong === null && "key" in checked) {
      if (await endAsComplete(store, file.fileId, checked.key)) metrics.uploadsCompleted.add();
      // Given up meanwhile by somebody who could not see yet what was joined or copied here.
      else if ((file.parts || checked.key !== file.target) && (await readFile(store, file.fileId)) === null) {
        await closing.closeOther(checked.key);
      }
      return;
    }
    // Before it is gone: whoever asks right then hears why.
    if (wrong !== null && objects.abilities.md5 === false) this.#remember(file, wrong);
    if (!(await removal.fail(file))) return void this.#unheard.delete(file.fileId);
    if (wrong !== null) metrics.uploadsFailed.add(REASONS[wrong]);
    throw new ReplyError(wrong ?? "FILE_NOT_UPLOADED");
  }

  #remember({ fileId, owner }: FileRecord, wrong: Wrong): void {
    this.#unheard.set(fileId, { owner, wrong });
    const [oldest] = this.#unheard.keys();
    if (this.#unheard.size > UNHEARD_MAX && oldest !== undefined) this.#unheard.delete(oldest);
  }

  /** The object to be checked. Throws `FILE_NOT_UPLOADED`. */
  async #object(objects: Objects, file: FileRecord): Promise<{ key: string } | { wrong: Wrong }> {
    const { store, random } = this.#parts;
    const { fileId, target } = file;
    if (objects.abilities.md5 === null) throw new ObjectsUnavailable("Nobody knows yet what the store can do");
    if (file.parts) return this.#joined(objects, file);
    if ((await objects.look(target)) === null) throw new ReplyError("FILE_NOT_UPLOADED");
    // By where its URL led to: what the store is known to do may have been found out since then.
    if (target === fileKey(fileId)) return { key: target };
    const token = newId(random);
    const key = copiedKey(fileId, token);
    await writeCopy(store, fileId, token, key);
    await objects.copy(target, key);
    return { key };
  }

  async #joined(
    objects: Objects,
    { fileId, target, uploadId }: FileRecord,
  ): Promise<{ key: string } | { wrong: Wrong }> {
    const { store } = this.#parts;
    if (uploadId === null) throw new ReplyError("FILE_NOT_UPLOADED");
    // By who asked before and heard no answer.
    if ((await objects.look(target)) !== null) return { key: target };
    const [declared, stored] = await Promise.all([readParts(store, fileId), objects.listParts(target, uploadId)]);
    const byNumber = new Map(stored.map((part) => [part.number, part]));
    const picked = declared.map(({ number }) => byNumber.get(number)).filter((part) => part !== undefined);
    if (picked.length < declared.length) {
      // Somebody who asked at the same time may have joined them.
      if ((await objects.look(target)) !== null) return { key: target };
      throw new ReplyError("FILE_NOT_UPLOADED");
    }
    const wrong = wrongPart(declared, picked, objects.abilities.md5 === true);
    if (wrong !== null) return { wrong };
    const joined = await objects.joinParts(target, uploadId, picked);
    // By another node, perhaps not yet to the end.
    if (!joined && (await objects.look(target)) === null) throw new ObjectsUnavailable("The parts are being joined");
    return { key: target };
  }

  async #findWrong(file: FileRecord, key: string): Promise<Wrong | null> {
    const { objects, digests } = this.#parts;
    const object = await objects.look(key);
    if (object === null) throw new ReplyError("FILE_NOT_UPLOADED");
    if (object.size !== file.size) return "FILE_SIZE_WRONG";
    const vouches = objects.abilities.md5 === true;
    if (vouches && !file.parts && object.etag !== file.md5) return "FILE_HASH_WRONG";
    if (!isDeclaredType(file.type, await objects.readStart(key, START_BYTES))) return "FILE_TYPE_WRONG";
    if (vouches) return null;
    if (digests === null) throw new ObjectsUnavailable("Nothing here reads what the store does not vouch for");
    const sha256 = await digests.sha256(key, file.size, this.#abort.signal);
    return sha256 === file.sha256 ? null : "FILE_HASH_WRONG";
  }

  /** Also again, for a node that died before it had done this. */
  async #settle({ fileId, owner, sha256, target, key, copies }: FileRecord): Promise<void> {
    const { store, quota, closing } = this.#parts;
    const others = [target, ...copies].filter((other) => other !== key);
    await answered(Promise.all(others.map((other) => closing.closeOther(other))));
    await Promise.all([quota.uploadEnded(owner, fileId), store.hashSet(userFileHashes(owner), sha256, fileId)]);
  }
}

function wrongPart(declared: readonly FilePart[], stored: readonly StoredPart[], md5: boolean): Wrong | null {
  if (stored.some(({ size }, i) => size !== declared[i]?.size)) return "FILE_SIZE_WRONG";
  return md5 && stored.some(({ etag }, i) => etag !== declared[i]?.md5) ? "FILE_HASH_WRONG" : null;
}
