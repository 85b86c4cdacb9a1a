import { type FileHandle, open } from "node:fs/promises";

/**
 * A file on disk that was received whole: the bytes, then what there is to know about them, then the length of that and
 * a mark. So one rename makes bytes and description appear together.
 */
export interface Description {
  readonly key: string;
  readonly type: string;
  /** MD5 in hex; of several parts, the MD5 of their MD5s and their number. */
  readonly etag: string;
  readonly size: number;
  readonly modifiedAt: number;
  /** The bytes lie in the folder of this upload instead, in these parts. */
  readonly joined?: { readonly uploadId: string; readonly parts: readonly JoinedPart[] };
}

export interface JoinedPart {
  readonly number: number;
  readonly size: number;
}

const MARK = Buffer.from("PARLEYO1");
const TAIL_BYTES = MARK.length + 4;
/** Read at first: enough for what is not joined. */
const LOOK_BYTES = 2_048;
/** 1,000 parts take 40 KiB. */
const DESCRIPTION_MAX_BYTES = 1024 * 1024;

/** After the bytes, which the handle has from its beginning on. Durable when it returns. */
export async function seal(file: FileHandle, bytes: number, description: Description): Promise<void> {
  const json = Buffer.from(JSON.stringify(description));
  const tail = Buffer.alloc(TAIL_BYTES);
  tail.writeUInt32BE(json.length);
  MARK.copy(tail, 4);
  await writeFully(file, Buffer.concat([json, tail]), bytes);
  await file.sync();
}

/** A disk that fills up writes less than it was told to, before it says so. */
export async function writeFully(file: FileHandle, bytes: Buffer, at: number): Promise<void> {
  let written = 0;
  while (written < bytes.length) {
    written += (await file.write(bytes, written, bytes.length - written, at + written)).bytesWritten;
  }
}

/** Null when it is not there. Throws on a file that is damaged. */
export async function describe(path: string): Promise<Description | null> {
  const file = await openIfThere(path);
  if (file === null) return null;
  try {
    return await readDescription(file, path);
  } finally {
    await file.close();
  }
}

export async function openIfThere(path: string): Promise<FileHandle | null> {
  try {
    return await open(path, "r");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}

export async function readDescription(file: FileHandle, path: string): Promise<Description> {
  const { size: length } = await file.stat();
  const end = await readAt(file, Math.max(0, length - LOOK_BYTES), Math.min(length, LOOK_BYTES));
  const mark = end.length - MARK.length;
  if (end.length < TAIL_BYTES || !end.subarray(mark).equals(MARK)) throw damaged(path);
  const bytes = end.readUInt32BE(mark - 4);
  if (bytes > DESCRIPTION_MAX_BYTES || bytes + TAIL_BYTES > length) throw damaged(path);
  const json =
    bytes + TAIL_BYTES <= end.length
      ? end.subarray(end.length - TAIL_BYTES - bytes, end.length - TAIL_BYTES)
      : await readAt(file, length - TAIL_BYTES - bytes, bytes);
  const description = JSON.parse(json.toString("utf8")) as Description;
  const held = description.joined === undefined ? description.size : 0;
  if (held + bytes + TAIL_BYTES !== length) throw damaged(path);
  return description;
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const { bytesRead, buffer } = await file.read(Buffer.alloc(length), 0, length, position);
  return buffer.subarray(0, bytesRead);
}

function damaged(path: string): Error {
  return new Error(`${path} is damaged: its description is not where it should be.`);
}
