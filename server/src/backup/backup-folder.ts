import { createHash, randomUUID } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, open, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip, createGzip } from "node:zlib";
import { keyOf, type WrappedKey } from "./backup-keys.ts";
import { Damaged, seal, unseal } from "./sealed-stream.ts";

/** Raised when a backup is written in another way; older ones stay readable. See docs/backup.md. */
export const BACKUP_FORMAT = 1;

/** What everybody may read who has the folder. */
export interface BackupHead {
  readonly format: number;
  readonly version: string;
  readonly beganAt: number;
  readonly endedAt: number;
  readonly store: "snapshot" | "in order";
  /** Opens everything but the identity. */
  readonly key: WrappedKey;
  readonly identityKey: WrappedKey;
  readonly counts: BackupCounts;
}

export interface BackupCounts {
  readonly keys: number;
  readonly messages: number;
  readonly files: number;
  readonly fileBytes: number;
  /** Files that messages have and the object store has not. */
  readonly missing: number;
}

const HEAD = "backup.json";
/** Fast rather than small: texts of a store shrink to a third anyway. */
const GZIP = { level: 1 };
/** Of one line: a piece is at most some megabytes. */
const LINE_MAX_BYTES = 256 * 1024 * 1024;

/** The files of one backup. There is one only once its head is there, which is written last. */
export class BackupFolder {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** Throws when there is something in it: an older backup is worth more than a place for a newer one. */
  async create(): Promise<void> {
    await mkdir(this.path, { recursive: true, mode: 0o700 });
    if ((await readdir(this.path)).length > 0) throw new Error(`${this.path} is not empty.`);
  }

  async writeHead(head: BackupHead): Promise<void> {
    const draft = join(this.path, `${HEAD}.${randomUUID()}`);
    await writeFile(draft, `${JSON.stringify(head, null, 2)}\n`, { mode: 0o600, flush: true });
    await rename(draft, join(this.path, HEAD));
  }

  /** Throws what the operator should read. */
  async readHead(): Promise<BackupHead> {
    let head: BackupHead;
    try {
      head = JSON.parse(await readFile(join(this.path, HEAD), "utf8")) as BackupHead;
    } catch {
      throw new Error(`${this.path} holds no whole backup: there is no ${HEAD} that can be read.`);
    }
    if (head.format !== BACKUP_FORMAT) {
      throw new Error(`The backup has format ${head.format}; this program knows ${BACKUP_FORMAT}. Use a newer Parley.`);
    }
    return head;
  }

  /** Sealed under the name; so no file can stand for another. Durable when it resolves. */
  async writeBytes(name: string, key: Uint8Array, bytes: AsyncIterable<Uint8Array>): Promise<void> {
    const path = join(this.path, name);
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await pipeline(seal(keyOf(key, name), bytes), createWriteStream(path, { mode: 0o600, flags: "wx" }));
    const file = await open(path, "r");
    await file.sync();
    await file.close();
  }

  readBytes(name: string, key: Uint8Array): AsyncIterable<Buffer> {
    return unseal(keyOf(key, name), createReadStream(join(this.path, name), { highWaterMark: 256 * 1024 }));
  }

  /** Values as lines of JSON. */
  async writeLines(name: string, key: Uint8Array, values: AsyncIterable<unknown>): Promise<void> {
    const lines = Readable.from(jsonLines(values), { objectMode: false });
    const zipped = lines.pipe(createGzip(GZIP));
    lines.on("error", (error) => zipped.destroy(error));
    await this.writeBytes(name, key, zipped);
  }

  async *readLines(name: string, key: Uint8Array): AsyncGenerator<unknown> {
    const sealed = Readable.from(this.readBytes(name, key), { objectMode: false });
    const plain = sealed.pipe(createGunzip());
    sealed.on("error", (error) => plain.destroy(error));
    let rest: Buffer = Buffer.alloc(0);
    for await (const chunk of plain as AsyncIterable<Buffer>) {
      rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      if (rest.length > LINE_MAX_BYTES) throw new Damaged("a line has no end");
      for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
        yield JSON.parse(rest.toString("utf8", 0, end));
        rest = rest.subarray(end + 1);
      }
    }
    if (rest.length > 0) throw new Damaged("its last line is cut off");
  }

  async remove(): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
  }
}

async function* jsonLines(values: AsyncIterable<unknown>): AsyncGenerator<string> {
  for await (const value of values) yield `${JSON.stringify(value)}\n`;
}

/** Where the bytes of an object lie: some thousand files in a folder at most, whatever the key is. */
export function nameOfObject(key: string): string {
  const hash = createHash("sha256").update(key).digest("hex");
  return `files/${hash.slice(0, 2)}/${hash.slice(2, 42)}`;
}
