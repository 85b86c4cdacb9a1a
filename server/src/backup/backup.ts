import type { Clock } from "@parley/protocol";
import type { WholeObjects } from "../objects/whole-objects.ts";
import { completeFileOf } from "../records/file-record.ts";
import type { Dump, Piece } from "../store/dump.ts";
import { BACKUP_DEEDS, intentShard } from "../store/keys.ts";
import type { Kv } from "../store/kv.ts";
import { BACKUP_FORMAT, type BackupCounts, type BackupFolder, type BackupHead, nameOfObject } from "./backup-folder.ts";
import { wrapNewKey } from "./backup-keys.ts";
import { Mark } from "./mark.ts";
import { PHASES, phaseOf } from "./phases.ts";
import type { PrivateFiles } from "./private-files.ts";

/** The parts of a backup, each sealed by itself. */
export const [STORE_PART, FILES_PART, IDENTITY_PART] = ["store", "files.list", "identity"] as const;

export interface BackupParts {
  readonly folder: BackupFolder;
  readonly dump: Dump;
  /** Where the store has no snapshot: to leave a mark in it meanwhile. */
  readonly store: Kv | null;
  readonly objects: WholeObjects;
  readonly privateFiles: PrivateFiles;
  readonly passphrase: string;
  readonly identityPassphrase: string;
  readonly version: string;
  readonly clock: Clock;
}

/** What a file of a message is, and whether the backup has its bytes. */
export interface BackedUpFile {
  readonly fileId: string;
  readonly key: string;
  readonly type: string;
  readonly size: number;
  readonly there: boolean;
}

/** All of a deployment while it runs. Memory holds a piece of it at a time. */
export async function makeBackup(parts: BackupParts): Promise<BackupHead> {
  const { folder, dump, store, clock, version } = parts;
  const beganAt = clock.now();
  const [data, identity] = await Promise.all([wrapNewKey(parts.passphrase), wrapNewKey(parts.identityPassphrase)]);
  const counts = { keys: 0, messages: 0, files: 0, fileBytes: 0, missing: 0 };
  const mark = store === null || dump.isSnapshot ? null : await Mark.set(store, clock);
  try {
    await folder.writeLines(STORE_PART, data.key, counted(allPieces(dump, store), counts));
  } finally {
    await mark?.remove();
  }
  await folder.writeLines(FILES_PART, data.key, files(parts, data.key, counts));
  await folder.writeLines(IDENTITY_PART, identity.key, one(parts.privateFiles));
  const head: BackupHead = {
    format: BACKUP_FORMAT,
    version,
    beganAt,
    endedAt: clock.now(),
    store: dump.isSnapshot ? "snapshot" : "in order",
    key: data.wrapped,
    identityKey: identity.wrapped,
    counts,
  };
  await folder.writeHead(head);
  return head;
}

async function* allPieces(dump: Dump, store: Kv | null): AsyncGenerator<Piece> {
  if (dump.isSnapshot) {
    // What is restored asks for logs before the claims of their messages.
    yield* dump.pieces((key) => phaseOf(key) !== null && phaseOf(key) !== "before");
    yield* dump.pieces((key) => phaseOf(key) === "before");
    return;
  }
  for (const phase of PHASES) yield* dump.pieces((key) => phaseOf(key) === phase);
  if (store !== null) yield* endedDeeds(store);
}

/** Read last: a deed that ended before its intent was read left it here first. */
async function* endedDeeds(store: Kv): AsyncGenerator<Piece> {
  const step = 500;
  for (let from = 0; ; from += step) {
    const texts = await store.listRange(BACKUP_DEEDS, from, from + step - 1);
    const fields = texts.map((text, at) => [`backup-${String(from + at).padStart(9, "0")}`, text] as const);
    if (fields.length > 0) yield { key: intentShard(0), expiresAt: 0, kind: "hash", fields };
    if (texts.length < step) return;
  }
}

async function* counted(
  pieces: AsyncIterable<Piece>,
  counts: { keys: number; messages: number },
): AsyncGenerator<Piece> {
  let last = "";
  for await (const piece of pieces) {
    if (piece.key !== last) counts.keys += 1;
    last = piece.key;
    if (piece.kind === "list" && phaseOf(piece.key) === "logs") counts.messages += piece.entries.length;
    yield piece;
  }
}
/** Every file that is whole by the records just written, with its bytes or the word that they are not there. */
async function* files(
  { folder, objects }: BackupParts,
  key: Uint8Array,
  counts: { -readonly [K in keyof BackupCounts]: number },
): AsyncGenerator<BackedUpFile> {
  for await (const piece of folder.readLines(STORE_PART, key) as AsyncGenerator<Piece>) {
    const file = completeFileOf(piece);
    if (file === null) continue;
    const object = await objects.read(file.key);
    if (object === null) {
      counts.missing += 1;
      yield { ...file, there: false };
      continue;
    }
    await folder.writeBytes(nameOfObject(file.key), key, object.bytes);
    counts.files += 1;
    counts.fileBytes += object.size;
    yield { ...file, there: true };
  }
}

async function* one(value: unknown): AsyncGenerator<unknown> {
  yield value;
}
