import type { FilePart, UserId } from "@parley/protocol";
import type { Piece } from "../store/dump.ts";
import { fileKey, filePartsKey } from "../store/keys.ts";
import type { Kv } from "../store/kv.ts";

/** What was said at the beginning. Never changes. */
export interface DeclaredFile {
  readonly owner: UserId;
  readonly name: string;
  readonly type: string;
  readonly size: number;
  readonly sha256: string;
  readonly md5: string;
  readonly createdAt: number;
  /** Key of the object that is uploaded. */
  readonly target: string;
  /** It comes in parts. */
  readonly parts: boolean;
  /** Of its owner's making, under which it was begun. */
  readonly clientId: string | null;
}

export interface FileRecord extends DeclaredFile {
  readonly fileId: string;
  /** Of an upload in parts, at the object store. */
  readonly uploadId: string | null;
  /** Key of the object that was checked; null until then. */
  readonly key: string | null;
  /** Keys of objects that were made to be checked. */
  readonly copies: readonly string[];
  /** Somebody is about to remove it, since then: nobody may begin to use it. */
  readonly closing: readonly number[];
}

/** Decides, once and for all, what became of an upload: the first one to say so. */
const END = "end";
const COMPLETE = "complete ";
const GONE = "gone";
const COPY = "copy:";
const CLOSING = "closing:";

export async function writeFile(store: Kv, fileId: string, file: DeclaredFile): Promise<void> {
  const { owner, name, type, size, sha256, md5, createdAt, target, parts, clientId } = file;
  await store.hashSetMany(fileKey(fileId), {
    ...{ owner, name, type, sha256, md5, target },
    ...{ size: String(size), createdAt: String(createdAt), parts: parts ? "1" : "" },
    ...(clientId === null ? {} : { clientId }),
  });
}

/** Null for one that never was, and for one that is gone. */
export async function readFile(store: Kv, fileId: string): Promise<FileRecord | null> {
  const fields = await store.hashGetAll(fileKey(fileId));
  return fields[END] === GONE || fields[GONE] !== undefined ? null : fileFrom(fileId, fields);
}

/** The same also of one that is gone and was not removed yet. */
export async function readRemains(store: Kv, fileId: string): Promise<FileRecord | null> {
  return fileFrom(fileId, await store.hashGetAll(fileKey(fileId)));
}

export async function isGone(store: Kv, fileId: string): Promise<boolean> {
  const [end, gone] = await store.hashGetMany(fileKey(fileId), [END, GONE]);
  return end === GONE || typeof gone === "string";
}

function fileFrom(fileId: string, fields: Record<string, string>): FileRecord | null {
  const { owner, name, type, sha256, md5, target, size, createdAt, parts, clientId, uploadId, [END]: end } = fields;
  if (owner === undefined || name === undefined || type === undefined || target === undefined) return null;
  if (sha256 === undefined || md5 === undefined) return null;
  const those = (prefix: string) => Object.entries(fields).filter(([field]) => field.startsWith(prefix));
  return {
    ...{ fileId, owner, name, type, sha256, md5, target },
    size: Number(size),
    createdAt: Number(createdAt),
    parts: parts === "1",
    clientId: clientId ?? null,
    uploadId: uploadId ?? null,
    key: end?.startsWith(COMPLETE) === true ? end.slice(COMPLETE.length) : null,
    copies: those(COPY).map(([, key]) => key),
    closing: those(CLOSING).map(([, at]) => Number(at)),
  };
}

/** Answers the one that counts: the first. */
export async function writeUploadId(store: Kv, fileId: string, uploadId: string): Promise<string> {
  if (await store.hashSetNx(fileKey(fileId), "uploadId", uploadId)) return uploadId;
  return (await store.hashGet(fileKey(fileId), "uploadId")) ?? uploadId;
}

/** The object of this key was checked. Does nothing, and answers false, where something was decided before. */
export async function endAsComplete(store: Kv, fileId: string, key: string): Promise<boolean> {
  return store.hashSetNx(fileKey(fileId), END, COMPLETE + key);
}

/** False where it was completed before. */
export async function endAsGone(store: Kv, fileId: string): Promise<boolean> {
  return (await store.hashSetNx(fileKey(fileId), END, GONE)) || (await isGone(store, fileId));
}

/** Also of a complete one, of which it is known that nothing keeps it. */
export async function writeGone(store: Kv, fileId: string): Promise<void> {
  await store.hashSet(fileKey(fileId), GONE, "1");
}

/** Before it is made. */
export async function writeCopy(store: Kv, fileId: string, token: string, key: string): Promise<void> {
  await store.hashSet(fileKey(fileId), COPY + token, key);
}

export async function writeClosing(store: Kv, fileId: string, token: string, at: number): Promise<void> {
  await store.hashSet(fileKey(fileId), CLOSING + token, String(at));
}

export async function eraseClosing(store: Kv, fileId: string, token: string): Promise<void> {
  await store.hashDelete(fileKey(fileId), CLOSING + token);
}

/** Small texts: the parts of the largest upload take some 80 KB. */
export async function writeParts(store: Kv, fileId: string, parts: readonly FilePart[]): Promise<void> {
  await store.set(filePartsKey(fileId), JSON.stringify(parts.map(({ size, md5 }) => [size, md5])));
}

/** In order, the first being number 1. */
export async function readParts(store: Kv, fileId: string): Promise<FilePart[]> {
  const texts = JSON.parse((await store.get(filePartsKey(fileId))) ?? "[]") as [number, string][];
  return texts.map(([size, md5], i) => ({ number: i + 1, size, md5 }));
}

export async function eraseFile(store: Kv, fileId: string): Promise<void> {
  await store.delete(filePartsKey(fileId));
  await store.delete(fileKey(fileId));
}

/** A piece of a store that is the record of a file whose bytes were found right, and that is not gone; null: it is none. */
export function completeFileOf(piece: Piece): { fileId: string; key: string; type: string; size: number } | null {
  const fileId = /^f:\{([^}]+)\}$/.exec(piece.key)?.[1];
  if (fileId === undefined || piece.kind !== "hash") return null;
  const fields = Object.fromEntries(piece.fields);
  const file = fields[GONE] === undefined ? fileFrom(fileId, fields) : null;
  return file === null || file.key === null ? null : { fileId, key: file.key, type: file.type, size: file.size };
}
