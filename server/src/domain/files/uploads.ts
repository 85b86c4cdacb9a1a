import {
  type ChatId,
  type Clock,
  type FilePart,
  limits,
  type Params,
  type PartUpload,
  type Random,
  ReplyError,
  type Result,
  type UserId,
} from "@parley/protocol";
import { metrics } from "../../metrics.ts";
import { fileKey, uploadKey } from "../../objects/object-keys.ts";
import type { Access, Objects } from "../../objects/objects.ts";
import {
  eraseFile,
  type FileRecord,
  readFile,
  readParts,
  writeFile,
  writeParts,
  writeUploadId,
} from "../../records/file-record.ts";
import { userFileHashes } from "../../store/keys.ts";
import type { Kv } from "../../store/kv.ts";
import { newId } from "../ids.ts";
import type { BeginClaims, Claimed } from "./begin-claims.ts";
import { checkFileName, checkFileParts } from "./declared-file.ts";
import { type FileClosing, UPLOAD_URL_MS } from "./file-closing.ts";
import type { FileQuota } from "./file-quota.ts";
import { type FileRefs, HELD_MS } from "./file-refs.ts";
import type { FileRemoval } from "./file-removal.ts";
import { requireOwn } from "./own-file.ts";
import { answered } from "./store-answers.ts";

export interface UploadsParts {
  readonly store: Kv;
  readonly clock: Clock;
  readonly random: Random;
  readonly objects: Objects;
  readonly quota: FileQuota;
  readonly refs: FileRefs;
  readonly closing: FileClosing;
  readonly claims: BeginClaims;
  readonly removal: FileRemoval;
  /** Throws what keeps the person from saying anything in the chat now. */
  readonly requireVoice: (chatId: ChatId, userId: UserId) => Promise<void>;
}

/** The beginning of files: what is refused is refused here, before a byte moves. */
export class Uploads {
  readonly #parts: UploadsParts;

  constructor(parts: UploadsParts) {
    this.#parts = parts;
  }

  async begin(userId: UserId, host: string, asked: Params<"file.begin">): Promise<Result<"file.begin">> {
    const { clock, requireVoice } = this.#parts;
    checkFileName(asked.name);
    if (asked.parts !== undefined) checkFileParts(asked.parts, asked.size);
    await requireVoice(asked.chatId, userId);
    const known = await this.#findSame(userId, asked);
    if (known !== null) return { fileId: known, expiresAt: clock.now() + HELD_MS, ready: true };
    const claimed = await this.#parts.claims.claim(userId, asked);
    const { fileId } = claimed;
    if (claimed.file !== null && claimed.file.key !== null) {
      await this.#parts.refs.hold(claimed.file);
      return { fileId, expiresAt: clock.now() + HELD_MS, ready: true };
    }
    const file = await this.#write(userId, claimed, asked);
    if (claimed.file === null) metrics.uploadsBegun.add();
    const urls = await this.#urls(file, asked.parts?.slice(0, limits.FILE_URLS_MAX) ?? null, host);
    return { fileId, ...urls };
  }

  /** What has arrived of the parts that were declared, and where to put those that are asked for. */
  async parts(userId: UserId, host: string, asked: Params<"file.parts">): Promise<Result<"file.parts">> {
    const { store } = this.#parts;
    const file = await requireOwn(store, userId, asked.fileId);
    const objects = this.#parts.objects;
    const declared = file.parts ? await readParts(store, file.fileId) : [];
    const wanted = (asked.numbers ?? []).map((number) => declared[number - 1]);
    if (file.key === null && wanted.includes(undefined)) throw new ReplyError("FILE_PARTS_INVALID");
    // There is nothing to be sent any more.
    if (file.key !== null) return { arrived: declared.map(({ number }) => number), expiresAt: 0, parts: [] };
    if (!file.parts) return { arrived: [], parts: [], ...(await this.#urls(file, null, host)) };
    const { uploadId } = await this.#started(file);
    const stored = uploadId === null ? [] : await answered(objects.listParts(file.target, uploadId));
    const arrived = stored.filter(({ number, size }) => declared[number - 1]?.size === size);
    const { expiresAt, parts } = await this.#urls(
      { ...file, uploadId },
      wanted.filter((part) => part !== undefined),
      host,
    );
    return { arrived: arrived.map(({ number }) => number), expiresAt, parts: parts ?? [] };
  }

  /** The caller's own file of the same name, type and bytes, kept for them for a while. */
  async #findSame(userId: UserId, asked: Params<"file.begin">): Promise<string | null> {
    const { store, refs } = this.#parts;
    const fileId = await store.hashGet(userFileHashes(userId), asked.sha256);
    const same = fileId === null ? null : await readFile(store, fileId);
    if (same === null || same.key === null || same.owner !== userId) return null;
    const { name, type, size, sha256, md5 } = asked;
    const isSame = same.sha256 === sha256 && same.md5 === md5 && same.size === size;
    if (!isSame || same.name !== name || same.type !== type) return null;
    return (await refs.hold(same))?.fileId ?? null;
  }

  /**
   * The time of its end comes first: whatever is left half done is removed then. What somebody else has written of it is
   * written again: they may have died in between.
   */
  async #write(userId: UserId, claimed: Claimed, asked: Params<"file.begin">): Promise<FileRecord> {
    const { store, quota, refs, closing } = this.#parts;
    const { fileId, isShared } = claimed;
    const { size, parts = [] } = asked;
    const file = claimed.file ?? this.#declared(userId, fileId, asked);
    const { createdAt } = file;
    try {
      const isCounted = isShared && (await quota.has(userId, fileId));
      if (!isShared) await Promise.all([quota.check(userId, size), closing.check(userId), this.#checkStore(size)]);
      await refs.removeAt(file, createdAt + HELD_MS);
      const [reserved, ...written] = await Promise.allSettled([
        isCounted ? null : quota.reserve(userId, fileId, size, createdAt),
        refs.holdUntil(fileId, createdAt + HELD_MS),
        parts.length > 0 ? writeParts(store, fileId, parts) : null,
        claimed.file === null ? writeFile(store, fileId, file) : null,
      ]);
      for (const one of [reserved, ...written]) if (one.status === "rejected") throw one.reason;
      return await this.#started(file);
    } catch (error) {
      // There is no room left, or the object store is away: who tries again and again must not run out of uploads by that.
      if (error instanceof ReplyError) await this.#undo(file);
      throw error;
    }
  }

  /** Throws `STORE_FULL`. */
  async #checkStore(size: number): Promise<void> {
    if (!(await answered(this.#parts.objects.hasRoom(size)))) throw new ReplyError("STORE_FULL");
  }

  #declared(owner: UserId, fileId: string, asked: Params<"file.begin">): FileRecord {
    const { clock, random, objects } = this.#parts;
    const { name, type, size, sha256, md5, clientId = null } = asked;
    const parts = asked.parts !== undefined;
    const target = parts || objects.abilities.putOnce ? fileKey(fileId) : uploadKey(fileId, newId(random));
    const said = { owner, name, type, size, sha256, md5, createdAt: clock.now(), target, parts, clientId };
    return { ...said, fileId, uploadId: null, key: null, copies: [], closing: [] };
  }

  /** Parts need an upload at the object store. */
  async #started(file: FileRecord): Promise<FileRecord> {
    if (!file.parts || file.uploadId !== null) return file;
    return { ...file, uploadId: await this.#start(file) };
  }

  async #start({ fileId, target, type }: FileRecord): Promise<string> {
    const { store, objects } = this.#parts;
    const uploadId = await answered(objects.startParts(target, type));
    const counts = await writeUploadId(store, fileId, uploadId);
    if (counts !== uploadId) await answered(objects.dropParts(target, uploadId));
    return counts;
  }

  /** The time of its end goes last. */
  async #undo(file: FileRecord): Promise<void> {
    const { store, quota, refs, claims, removal } = this.#parts;
    const { fileId, owner, clientId, createdAt } = file;
    // Somebody may have been given a URL by the same id.
    if (clientId !== null && (await readFile(store, fileId)) !== null) {
      await removal.fail(file);
      return;
    }
    await claims.release(file);
    await Promise.all([quota.free(owner, fileId), refs.eraseAll(fileId), eraseFile(store, fileId)]);
    await refs.forgetRemoval(file, createdAt + HELD_MS);
  }

  async #urls(file: FileRecord, parts: readonly FilePart[] | null, host: string) {
    const objects = this.#parts.objects;
    const access: Access = { host, ttlSeconds: UPLOAD_URL_MS / 1000, userId: file.owner };
    const expiresAt = this.#parts.clock.now() + UPLOAD_URL_MS;
    const { target, uploadId, size, md5, type } = file;
    if (parts === null || uploadId === null) {
      return { expiresAt, upload: await answered(objects.signPut(target, { size, md5, type }, access)) };
    }
    const signed = parts.map(async (part): Promise<PartUpload> => {
      return { number: part.number, ...(await objects.signPart(target, { uploadId, ...part }, access)) };
    });
    return { expiresAt, parts: await answered(Promise.all(signed)) };
  }
}
