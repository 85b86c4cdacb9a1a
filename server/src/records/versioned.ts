import type { Kv } from "../store/kv.ts";

/**
 * State that several devices of one person write: a hash with a field `subject#version` for each write, the version
 * drawn from a counter of the hash, and the highest version of a subject counts. So a writer that wakes late overwrites
 * nothing newer, a repeated write changes nothing, and whoever hears of writes in any order ends with the same.
 */
export interface Versioned {
  readonly version: number;
  /** Null: it was removed at this version. */
  readonly value: string | null;
}

/** One write, as the intent of a deed keeps it. */
export interface VersionedWrite extends Versioned {
  readonly subject: string;
  readonly at: number;
  /** Fields that nobody needs any more. Field names are never used again, so that deleting them late harms nothing. */
  readonly outdated: readonly string[];
}

/** The last version that was drawn. No subject is named so: subjects hold no `#`. */
const COUNTER = "#";
/** A removal is remembered for longer than an unfinished write may still turn up (a deed is given up after a day). */
const REMOVAL_KEPT_MS = 2 * 24 * 3600_000;
/** Fields named in one deletion. */
const OUTDATED_MAX = 500;

/** Room for the name and version beside a value. */
const AROUND_VALUE_BYTES = 160;

/** A hash as it was read. */
export interface VersionedHash {
  /** The highest version of each subject, removals included. */
  readonly latest: ReadonlyMap<string, Versioned>;
  readonly outdated: readonly string[];
}

export async function readVersioned(store: Kv, key: string, now: number): Promise<VersionedHash> {
  return parseVersioned(await store.hashGetAll(key), now);
}

export function parseVersioned(fields: Readonly<Record<string, string>>, now: number): VersionedHash {
  const latest = new Map<string, Versioned>();
  const outdated: string[] = [];
  const forgettable: string[] = [];
  for (const [field, text] of Object.entries(fields)) {
    if (field === COUNTER) continue;
    const hash = field.lastIndexOf("#");
    const [subject, version] = [field.slice(0, hash), Number(field.slice(hash + 1))];
    const known = latest.get(subject);
    if (known !== undefined) outdated.push(`${subject}#${Math.min(known.version, version)}`);
    if (known === undefined || version > known.version) latest.set(subject, { version, value: writtenValue(text) });
    if (removedAt(text) < now - REMOVAL_KEPT_MS) forgettable.push(field);
  }
  // A removal goes after everything that it hides.
  return { latest, outdated: [...new Set([...outdated, ...forgettable])].slice(0, OUTDATED_MAX) };
}

/** Subjects that have a value. */
export function presentValues(latest: ReadonlyMap<string, Versioned>): Map<string, string> {
  const present = new Map<string, string>();
  for (const [subject, { value }] of latest) if (value !== null) present.set(subject, value);
  return present;
}

/** What these values take as strings of a JSON text. */
export function jsonBytes(values: Iterable<string>): number {
  let bytes = 0;
  for (const value of values) bytes += Buffer.byteLength(JSON.stringify(value)) + AROUND_VALUE_BYTES;
  return bytes;
}

export function drawVersion(store: Kv, key: string): Promise<number> {
  return store.hashIncrement(key, COUNTER, 1);
}

/** Any number of times, and late. */
export async function applyWrite(store: Kv, key: string, write: VersionedWrite): Promise<void> {
  const { subject, version, value, at, outdated } = write;
  await store.hashSet(key, `${subject}#${version}`, value === null ? `-${at}` : `=${value}`);
  if (outdated.length > 0) await store.hashDelete(key, ...outdated);
}

function writtenValue(text: string): string | null {
  return text.startsWith("=") ? text.slice(1) : null;
}

function removedAt(text: string): number {
  return text.startsWith("-") ? Number(text.slice(1)) : Number.POSITIVE_INFINITY;
}
