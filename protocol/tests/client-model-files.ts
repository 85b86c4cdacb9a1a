import { createHash } from "node:crypto";
import { ReplyError } from "../src/errors.ts";
import type { FileId, UserId } from "../src/ids.ts";
import type { Method, Params, Result } from "../src/requests.ts";
import type { Grant, ObjectStore } from "./object-store.ts";

interface ModelFile {
  readonly fileId: FileId;
  readonly owner: UserId;
  readonly declared: Params<"file.begin">;
  complete: boolean;
}

/** What a server knows of files, beside the store that has their bytes. */
export class ModelFiles {
  readonly files = new Map<FileId, ModelFile>();
  /** How long URLs hold. */
  ttlMs = 300_000;
  readonly #store: ObjectStore;
  readonly #id: () => string;

  constructor(store: ObjectStore, id: () => string) {
    this.#store = store;
    this.#id = id;
  }

  answer(userId: UserId, method: Method, params: unknown): unknown {
    switch (method) {
      case "file.begin":
        return this.#begin(userId, params as Params<"file.begin">);
      case "file.parts": {
        const { fileId, numbers = [] } = params as Params<"file.parts">;
        const file = this.#own(userId, fileId);
        const all = (file.declared.parts ?? []).map(({ number }) => number);
        if (file.complete) return { arrived: all, expiresAt: 0, parts: [] };
        const arrived = all.filter((number) => this.#store.stored.has(`${fileId}#${number}`));
        return { arrived, ...this.#targets(file, numbers) };
      }
      case "file.complete":
        return this.#complete(this.#own(userId, (params as Params<"file.complete">).fileId));
      case "file.abort": {
        const { fileId } = params as Params<"file.abort">;
        this.#own(userId, fileId);
        this.#drop(fileId);
        return {};
      }
      case "file.url": {
        const { fileId } = params as Params<"file.url">;
        if (!this.#store.stored.has(fileId)) throw new ReplyError("FILE_NOT_FOUND");
        const expiresAt = Date.now() + this.ttlMs;
        return { url: this.#store.grant({ key: fileId, method: "GET", headers: {}, expiresAt }), expiresAt };
      }
      default:
        throw new ReplyError("METHOD_NOT_FOUND");
    }
  }

  #begin(owner: UserId, declared: Params<"file.begin">): Result<"file.begin"> {
    for (const { fileId, declared: other, complete } of this.files.values()) {
      if (complete && other.sha256 === declared.sha256) return { fileId, expiresAt: Date.now(), ready: true };
    }
    const same = [...this.files.values()].find(
      (other) => other.owner === owner && other.declared.clientId === declared.clientId && !other.complete,
    );
    const file: ModelFile = same ?? { fileId: this.#id(), owner, declared, complete: false };
    this.files.set(file.fileId, file);
    const first = (declared.parts ?? []).map(({ number }) => number).slice(0, 64);
    const { parts, ...rest } = this.#targets(file, first);
    return { fileId: file.fileId, ...rest, ...(declared.parts ? { parts } : {}) };
  }

  #targets({ fileId, declared }: ModelFile, numbers: readonly number[]) {
    const expiresAt = Date.now() + this.ttlMs;
    const put = (md5: string, size: number, more: Partial<Grant> & { readonly headers?: Record<string, string> }) => {
      const headers = {
        "Content-Length": String(size),
        "Content-MD5": Buffer.from(md5, "hex").toString("base64"),
        ...more.headers,
      };
      return { url: this.#store.grant({ key: fileId, expiresAt, ...more, method: "PUT", headers }), headers };
    };
    const wanted = (declared.parts ?? []).filter(({ number }) => numbers.includes(number));
    const parts = wanted.map(({ number, md5, size }) => ({ number, ...put(md5, size, { part: number }) }));
    if (declared.parts) return { expiresAt, parts };
    const headers = { "Content-Type": declared.type, "If-None-Match": "*" };
    return { expiresAt, parts, upload: put(declared.md5, declared.size, { headers }) };
  }

  #complete(file: ModelFile): Result<"file.complete"> {
    const { fileId, declared } = file;
    const { name, type, size, sha256, parts } = declared;
    if (!file.complete && parts) {
      const stored = parts.map(({ number }) => this.#store.stored.get(`${fileId}#${number}`));
      if (stored.includes(undefined)) throw new ReplyError("FILE_NOT_UPLOADED");
      const pieces = stored.flatMap((part) => (part?.bytes ? [part.bytes] : []));
      const bytes = pieces.length === parts.length ? Buffer.concat(pieces) : null;
      this.#store.stored.set(fileId, { size, md5: "", bytes });
      for (const { number } of parts) this.#store.stored.delete(`${fileId}#${number}`);
    }
    const object = this.#store.stored.get(fileId);
    if (object === undefined) throw new ReplyError("FILE_NOT_UPLOADED");
    // More than a real server does: here it is the test of the client.
    if (object.bytes && createHash("sha256").update(object.bytes).digest("hex") !== sha256) {
      this.#drop(fileId);
      throw new ReplyError("FILE_HASH_WRONG");
    }
    file.complete = true;
    return { fileId, name, type, size, sha256 };
  }

  #drop(fileId: FileId): void {
    this.files.delete(fileId);
    for (const place of [...this.#store.stored.keys()]) {
      if (place === fileId || place.startsWith(`${fileId}#`)) this.#store.stored.delete(place);
    }
  }

  #own(userId: UserId, fileId: FileId): ModelFile {
    const file = this.files.get(fileId);
    if (file?.owner !== userId) throw new ReplyError("FILE_NOT_FOUND");
    return file;
  }
}
