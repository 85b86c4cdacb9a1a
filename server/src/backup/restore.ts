import type { WholeObjects } from "../objects/whole-objects.ts";
import { writeGone } from "../records/file-record.ts";
import { parseClaim } from "../store/claim.ts";
import type { Dump, Piece } from "../store/dump.ts";
import { EPOCHS, RESTORING } from "../store/keys.ts";
import type { Kv } from "../store/kv.ts";
import { type BackedUpFile, FILES_PART, IDENTITY_PART, STORE_PART } from "./backup.ts";
import { type BackupFolder, type BackupHead, nameOfObject } from "./backup-folder.ts";
import { unwrapKey } from "./backup-keys.ts";
import { logOfClaims } from "./phases.ts";
import type { PrivateFiles } from "./private-files.ts";
import { Damaged } from "./sealed-stream.ts";

export interface RestoreParts {
  readonly folder: BackupFolder;
  readonly head: BackupHead;
  readonly key: Uint8Array;
  readonly store: Kv;
  readonly objects: WholeObjects;
  readonly now: number;
}

/** Opens what is sealed apart. Throws `Damaged`. */
export async function openPrivateFiles(
  folder: BackupFolder,
  head: BackupHead,
  passphrase: string,
): Promise<PrivateFiles> {
  const key = await unwrapKey(passphrase, head.identityKey);
  for await (const files of folder.readLines(IDENTITY_PART, key)) return files as PrivateFiles;
  throw new Damaged("it holds no identity");
}

/** A store takes a backup once, as long as it is empty. */
export async function isEmpty(dump: Dump): Promise<boolean> {
  for await (const _ of dump.pieces(() => true)) return false;
  return true;
}

/** Into a store that is empty. Until it has ended no server starts on it. */
export async function restoreBackup({ folder, key, store, objects, now }: RestoreParts): Promise<void> {
  await store.set(RESTORING, String(now));
  for await (const piece of folder.readLines(STORE_PART, key)) await putPiece(store, piece as Piece, now);
  for await (const file of folder.readLines(FILES_PART, key))
    await putFile(file as BackedUpFile, { folder, key, store, objects });
  await beginEpoch(store, now);
  await store.delete(RESTORING);
}

async function putPiece(store: Kv, piece: Piece, now: number): Promise<void> {
  const { key, expiresAt } = piece;
  const ttlSeconds = expiresAt === 0 ? null : Math.ceil((expiresAt - now) / 1000);
  if (ttlSeconds !== null && ttlSeconds <= 0) return;
  switch (piece.kind) {
    case "string":
      await store.set(key, piece.value);
      break;
    case "hash":
      await store.hashSetMany(key, Object.fromEntries(await withoutLoose(store, key, piece.fields)));
      break;
    case "list":
      await putEntries(store, key, piece.from, piece.entries);
      break;
    case "set":
      await Promise.all(piece.members.map((member) => store.setAdd(key, member)));
      break;
    case "sorted":
      await Promise.all(piece.members.map(([member, score]) => store.sortedAdd(key, score, member)));
      break;
  }
  if (ttlSeconds !== null) await store.expire(key, ttlSeconds);
}

/** A list comes in its order, perhaps a part of it twice, and never with a gap: an entry's place is its number. */
async function putEntries(store: Kv, key: string, from: number, entries: readonly string[]): Promise<void> {
  const length = await store.listLength(key);
  if (length < from) throw new Damaged(`entries of ${key} are missing`);
  await Promise.all(entries.slice(length - from).map((entry) => store.listPush(key, entry)));
}

/**
 * Claims that were read after the log they are about may be of messages that came after it: whoever sent one sends it
 * again, and must not be told that it is there.
 */
async function withoutLoose(
  store: Kv,
  key: string,
  fields: readonly (readonly [string, string])[],
): Promise<readonly (readonly [string, string])[]> {
  const log = logOfClaims(key);
  if (log === null) return fields;
  const length = await store.listLength(log);
  return fields.filter(([, text]) => {
    const claim = parseClaim(text);
    return claim.state === "done" ? claim.seq <= length : claim.lo <= length;
  });
}

/** Without its bytes a file is gone, as after its time: the message stays and says so. */
async function putFile(
  { fileId, key: object, type, there }: BackedUpFile,
  { folder, key, store, objects }: Pick<RestoreParts, "folder" | "key" | "store" | "objects">,
): Promise<void> {
  if (there) await objects.write(object, type, folder.readBytes(nameOfObject(object), key));
  else await writeGone(store, fileId);
}

/** Whatever primary this is, it holds another life of the store than clients know: they look for what is missing and send it again. */
async function beginEpoch(store: Kv, now: number): Promise<void> {
  const numbers = Object.keys(await store.hashGetAll(EPOCHS)).map(Number);
  await store.hashSet(EPOCHS, String(Math.max(0, ...numbers) + 1), `restored restored-at-${now}`);
}
