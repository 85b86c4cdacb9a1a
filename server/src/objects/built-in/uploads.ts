import { createHash } from "node:crypto";
import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { BEGUN, falseIf, type ObjectFolder, randomName, syncFolder, writeSealed } from "./folder.ts";
import { S3Refusal } from "./s3-refusal.ts";
import { type Description, describe, seal } from "./sealed-file.ts";
import type { NamedPart } from "./xml.ts";

export interface Part extends NamedPart {
  readonly size: number;
  readonly modifiedAt: number;
}

export interface UploadPlace {
  readonly key: string;
  readonly uploadId: string;
}

export interface Joining extends UploadPlace {
  /** In ascending order. */
  readonly wanted: readonly NamedPart[];
  /** Only if there is no such object. */
  readonly once: boolean;
  readonly now: number;
}

/** As in S3: but the last one. */
const PART_MIN_BYTES = 5 * 1024 ** 2;
export const PART_NUMBER_MAX = 10_000;

/** Objects that arrive in parts. What is joined stays where it is: an object then names its parts. */
export class Uploads {
  readonly #folder: ObjectFolder;

  constructor(folder: ObjectFolder) {
    this.#folder = folder;
  }

  async begin(key: string, type: string, now: number): Promise<string> {
    const uploadId = randomName();
    const path = this.#folder.uploadPath(uploadId);
    await mkdir(path, { mode: 0o700 });
    await writeSealed(join(path, BEGUN), { key, type, etag: "", size: 0, modifiedAt: now });
    await syncFolder(path);
    await syncFolder(join(path, ".."));
    return uploadId;
  }

  /** Throws NoSuchUpload. */
  async find({ key, uploadId }: UploadPlace): Promise<Description> {
    const known = /^[0-9a-f]{32}$/.test(uploadId);
    const begun = known ? await describe(join(this.#folder.uploadPath(uploadId), BEGUN)) : null;
    if (begun === null || begun.key !== key) throw noSuchUpload();
    return begun;
  }

  /** A sealed file becomes the part, in place of an earlier one of its number. */
  async add({ uploadId }: UploadPlace, number: number, path: string): Promise<void> {
    const folder = this.#folder.uploadPath(uploadId);
    const added = await rename(path, join(folder, String(number))).then(() => true, falseIf("ENOENT"));
    if (!added) throw noSuchUpload();
    await syncFolder(folder);
  }

  async list(place: UploadPlace): Promise<Part[]> {
    await this.find(place);
    return partsIn(this.#folder.uploadPath(place.uploadId));
  }

  /** Answers the ETag. Throws when the parts are not those, and then nothing has changed. */
  async join(wish: Joining): Promise<string> {
    const { uploadId } = wish;
    const { type } = await this.find(wish);
    const [begun, joining] = [this.#folder.uploadPath(uploadId), this.#folder.joiningPath(uploadId)];
    // From here on no part changes any more, and nobody else joins them.
    if (!(await rename(begun, joining).then(() => true, falseIf("ENOENT")))) throw noSuchUpload();
    try {
      const parts = chosen(await partsIn(joining), wish.wanted);
      const etag = await this.#publish(wish, type, parts);
      await dropOthers(joining, parts).catch(() => {});
      // Readers look in both places, so it may as well stay.
      await rename(joining, this.#folder.joinedPath(uploadId)).catch(() => {});
      return etag;
    } catch (error) {
      await rename(joining, begun);
      throw error;
    }
  }

  async abort(place: UploadPlace): Promise<void> {
    await this.find(place);
    if (!(await this.#folder.discard(this.#folder.uploadPath(place.uploadId)))) throw noSuchUpload();
  }

  async #publish({ key, uploadId, once, now }: Joining, type: string, parts: readonly Part[]): Promise<string> {
    const etag = etagOf(parts);
    const size = parts.reduce((sum, part) => sum + part.size, 0);
    const named = parts.map((part) => ({ number: part.number, size: part.size }));
    const { file, path } = await this.#folder.create();
    try {
      await seal(file, 0, { key, type, etag, size, modifiedAt: now, joined: { uploadId, parts: named } });
    } finally {
      await file.close();
    }
    await syncFolder(join(this.#folder.joiningPath(uploadId), ".."));
    if (await this.#folder.publish(path, key, once)) return etag;
    throw new S3Refusal("PreconditionFailed", "There is such an object already.");
  }
}

async function partsIn(folder: string): Promise<Part[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException): string[] => {
    if (error.code === "ENOENT") throw noSuchUpload();
    throw error;
  });
  const parts: Part[] = [];
  for (const number of names.filter((name) => /^\d+$/.test(name)).map(Number)) {
    const part = await describe(join(folder, String(number)));
    if (part !== null) parts.push({ number, size: part.size, etag: part.etag, modifiedAt: part.modifiedAt });
  }
  return parts.sort((a, b) => a.number - b.number);
}

function chosen(there: readonly Part[], wanted: readonly NamedPart[]): Part[] {
  const byNumber = new Map(there.map((part) => [part.number, part]));
  return wanted.map(({ number, etag }, at) => {
    const before = wanted[at - 1];
    if (before !== undefined && before.number >= number) {
      throw new S3Refusal("InvalidPartOrder", "Parts are named in ascending order.");
    }
    const part = byNumber.get(number);
    if (part === undefined || part.etag !== etag)
      throw new S3Refusal("InvalidPart", "A part is not there, or another one.");
    if (part.size < PART_MIN_BYTES && at < wanted.length - 1) {
      throw new S3Refusal("EntityTooSmall", "Every part but the last has at least 5 MiB.");
    }
    return part;
  });
}

async function dropOthers(folder: string, parts: readonly Part[]): Promise<void> {
  const kept = new Set([BEGUN, ...parts.map(({ number }) => String(number))]);
  for (const name of await readdir(folder)) if (!kept.has(name)) await rm(join(folder, name), { force: true });
}

function etagOf(parts: readonly Part[]): string {
  const md5 = createHash("md5");
  for (const { etag } of parts) md5.update(Buffer.from(etag, "hex"));
  return `${md5.digest("hex")}-${parts.length}`;
}

export function noSuchUpload(): S3Refusal {
  return new S3Refusal("NoSuchUpload", "The upload is not there: it was completed or given up.");
}
