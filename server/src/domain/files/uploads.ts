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
  type DeclaredFile,
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
import { checkFileName, checkFileParts } from "./declared-file.ts";
import { type FileClosing, UPLOAD_URL_MS } from "./file-closing.ts";
import type { FileQuota } from "./file-quota.ts";
import { type FileRefs, HELD_MS } from "./file-refs.ts";
import { answered } from "./store-answers.ts";

export interface UploadsParts {
  readonly store: Kv;
  readonly clock: Clock;
  readonly random: Random;
  readonly objects: Objects;
  readonly quota: FileQuota;
  readonly refs: FileRefs;
  readonly closing: FileClosing;
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
    const { store, clock, random, quota, closing, requireVoice } = this.#parts;
    checkFileName(asked.name);
    if (asked.parts !== undefined) checkFileParts(asked.parts, asked.size);
    await requireVoice(asked.chatId, userId);
    const objects = this.#parts.objects;
    const known = await this.#findSame(userId, asked);
    if (known !== null) return { fileId: known, expiresAt: clock.now() + HELD_MS, ready: true };
    await Promise.all([quota.check(userId, asked.size), closing.check(userId)]);
    const fileId = newId(random);
    const { name, type, size, sha256, md5 } = asked;
    const isStaged = asked.parts === undefined && !objects.abilities.putOnce;
    const target = isStaged ? uploadKey(fileId, newId(random)) : fileKey(fileId);
    const createdAt = clock.now();
    const parts = asked.parts !== undefined;
    const file = { owner: userId, name, type, size, sha256, md5, createdAt, target, parts };
    await this.#write(fileId, file, asked.parts ?? []);
    const uploadId = parts ? await this.#start(fileId, file) : null;
    if (uploadId !== null) await writeUploadId(store, fileId, uploadId);
    metrics.uploadsBegun.add();
    const record: FileRecord = { ...file, fileId, uploadId, key: null, copies: [], closing: [] };
    return { fileId, ...(await this.#urls(record, asked.parts?.slice(0, limits.FILE_URLS_MAX) ?? null, host)) };
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
    if (file.uploadId === null) return { arrived: [], parts: [], ...(await this.#urls(file, null, host)) };
    const stored = await answered(objects.listParts(file.target, file.uploadId));
    const arrived = stored.filter(({ number, size }) => declared[number - 1]?.size === size);
    const { expiresAt, parts } = await this.#urls(
      file,
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

  /** The time of its end comes first: whatever is left half done is removed then. */
  async #write(fileId: string, file: DeclaredFile, parts: readonly FilePart[]): Promise<void> {
    const { store, quota, refs } = this.#parts;
    const { owner, size, createdAt } = file;
    const until = createdAt + HELD_MS;
    await refs.removeAt({ fileId, owner }, until);
    const [reserved, ...written] = await Promise.allSettled([
      quota.reserve(owner, fileId, size, createdAt),
      refs.holdUntil(fileId, until),
      parts.length > 0 ? writeParts(store, fileId, parts) : null,
      writeFile(store, fileId, file),
    ]);
    // Others began at the same time, and there is no room left.
    if (reserved.status === "rejected" && reserved.reason instanceof ReplyError) {
      await this.#undo(fileId, file);
    }
    for (const one of [reserved, ...written]) if (one.status === "rejected") throw one.reason;
  }

  async #start(fileId: string, file: DeclaredFile): Promise<string> {
    try {
      return await answered(this.#parts.objects.startParts(file.target, file.type));
    } catch (error) {
      // Whoever tries again and again while the store is away must not run out of uploads by that.
      await this.#undo(fileId, file);
      throw error;
    }
  }

  /** The time of its end goes last. */
  async #undo(fileId: string, { owner, createdAt }: DeclaredFile): Promise<void> {
    const { store, quota, refs } = this.#parts;
    await Promise.all([quota.free(owner, fileId), refs.eraseAll(fileId), eraseFile(store, fileId)]);
    await refs.forgetRemoval({ fileId, owner }, createdAt + HELD_MS);
  }

  async #urls(file: FileRecord, parts: readonly FilePart[] | null, host: string) {
    const objects = this.#parts.objects;
    const access: Access = { host, ttlSeconds: UPLOAD_URL_MS / 1000 };
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

/** Throws `FILE_NOT_FOUND`, also for what is somebody else's. */
export async function requireOwn(store: Kv, userId: UserId, fileId: string): Promise<FileRecord> {
  const file = await readFile(store, fileId);
  if (file === null || file.owner !== userId) throw new ReplyError("FILE_NOT_FOUND");
  return file;
}
