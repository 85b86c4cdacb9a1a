import { randomBytes } from "node:crypto";
import { type Database, open, type RootDatabase } from "lmdb";

/** Layout of the data below; raised when a stored form changes, so that an older program refuses newer data. */
const FORMAT = "1";

type Bytes = Database<Buffer, Buffer>;

/**
 * The tables in the data folder.
 *
 * A collection has a number of its own, and its entries are stored under that number, not under the key: deleting or
 * expiring one of any size is one write, the sweep frees the entries later, and entry keys stay short.
 */
export interface Environment {
  readonly root: RootDatabase<Buffer, Buffer>;
  /** key -> head.ts */
  readonly heads: Bytes;
  /** collection number, then index, field or member -> value */
  readonly entries: Bytes;
  /** expiry time, then key -> nothing */
  readonly expiring: Bytes;
  /** numbers of collections that are gone and whose entries are still to be freed -> nothing */
  readonly garbage: Bytes;
  readonly system: Database<string, string>;
}

export function openEnvironment(path: string): Environment {
  const root = open<Buffer, Buffer>({
    path,
    // The default acknowledges a commit before it is on disk.
    overlappingSync: false,
    // Commits are grouped in commits.ts. lmdb's own grouping leaves a promise without a handler, which on a full disk
    // would end the process.
    eventTurnBatching: false,
    // A folder even when its name has a dot in it.
    noSubdir: false,
    // Readers, 64 bytes each: the threads of as many workers as there may be, and a backup or a command line beside them.
    maxReaders: 4096,
    encoding: "binary",
    keyEncoding: "binary",
  });
  const table = (name: string) => root.openDB<Buffer, Buffer>({ name, encoding: "binary", keyEncoding: "binary" });
  const environment = {
    root,
    heads: table("heads"),
    entries: table("entries"),
    expiring: table("expiring"),
    garbage: table("garbage"),
    system: root.openDB<string, string>({ name: "system", encoding: "string" }),
  };
  prepareSystem(environment);
  return environment;
}

function prepareSystem({ root, system }: Environment): void {
  const format = system.get("format");
  if (format !== undefined && format !== FORMAT) {
    throw new Error(`The data folder has format ${format}; this program knows format ${FORMAT}. Use a newer Parley.`);
  }
  if (format !== undefined) return;
  root.transactionSync(() => {
    // Another process or worker may have been first.
    if (system.get("format") !== undefined) return;
    system.putSync("instance", randomBytes(16).toString("hex"));
    system.putSync("format", FORMAT);
  });
}

/** Other processes that have the folder open now; LMDB knows by file locks, which end with their process. */
export function otherProcesses({ root }: Environment): number[] {
  root.readerCheck();
  const lines = root.readerList().split("\n").slice(1);
  const pids = lines.map((line) => Number.parseInt(line, 10)).filter((pid) => pid > 0 && pid !== process.pid);
  return [...new Set(pids)];
}

/** Lets go of what processes that were killed were reading: the data would grow around it. */
export function forgetDeadReaders({ root }: Environment): void {
  root.readerCheck();
}

/** The number of a new collection. Inside a write transaction only. */
export function takeNumber({ system }: Environment): number {
  const number = Number(system.get("collections") ?? "0") + 1;
  system.putSync("collections", String(number));
  return number;
}

/** LMDB's limit for pages of 4 KiB. */
const LMDB_KEY_MAX_BYTES = 1_978;
/** What the tables put before a key, field or member: a time, or a number, a mark and a score. */
const PREFIX_MAX_BYTES = 17;
/** Keys, fields and members in UTF-8. */
export const KEY_MAX_BYTES = LMDB_KEY_MAX_BYTES - PREFIX_MAX_BYTES;

/** UTF-8 of a key, field or member, after `prefixBytes` left free for the caller. */
export function keyBytes(text: string, prefixBytes = 0): Buffer {
  const length = Buffer.byteLength(text);
  if (length > KEY_MAX_BYTES) {
    throw new RangeError(`A key, field or member of ${length} bytes; at most ${KEY_MAX_BYTES} are stored`);
  }
  const bytes = Buffer.allocUnsafe(prefixBytes + length);
  bytes.write(text, prefixBytes);
  return bytes;
}
