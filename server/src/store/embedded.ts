import type { Clock } from "@parley/protocol";
import { appendOnceAtomically } from "./append-atomically.ts";
import { parseClaim } from "./claim.ts";
import type { Append, Appended, Grounds, HashRead, KnownList, Kv, ListChange, ListTail } from "./kv.ts";
import { changesOfEach } from "./list-changes.ts";
import { Commits } from "./lmdb/commits.ts";
import {
  afterScore,
  fieldKey,
  fieldOf,
  indexKey,
  memberKey,
  memberOfScoreKey,
  numberBytes,
  scoreKey,
  scoreOf,
  scoreValue,
} from "./lmdb/entry.ts";
import { type Environment, openEnvironment, otherProcesses } from "./lmdb/environment.ts";
import { withoutGuests } from "./lmdb/guests.ts";
import { type CollectionHead, type CollectionKind, Heads } from "./lmdb/head.ts";
import { Sweep } from "./lmdb/sweep.ts";

export interface EmbeddedOptions {
  /** Folder of the data; made when missing. */
  readonly path: string;
  readonly clock: Clock;
  /** For workers: writes are refused, and expired data is left to the main thread. */
  readonly readOnly?: boolean;
  /** Refuses a folder that another process has open. */
  readonly alone?: boolean;
}

/** Another process has the folder open. */
export class FolderInUse extends Error {
  override readonly name = "FolderInUse";
}

export function openEmbedded(options: EmbeddedOptions): Kv {
  return new Embedded(options);
}

/** Entries that a scan reads at a time: a scan never holds the main thread for longer than this takes. */
const SCAN_STEP = 256;
/** How much later than asked a dedupe bucket may expire, so that not every append moves its expiry. */
const BUCKET_SLACK_MS = 3600_000;

const NOTHING = Buffer.alloc(0);

class Embedded implements Kv {
  readonly driver = "embedded";
  /** Reads do not wait for writes of other keys. */
  readonly inOrder = false;
  readonly #env: Environment;
  readonly #clock: Clock;
  readonly #heads: Heads;
  readonly #commits: Commits;
  readonly #sweep: Sweep | null;
  readonly #readOnly: boolean;

  constructor({ path, clock, readOnly = false, alone = false }: EmbeddedOptions) {
    this.#env = openEnvironment(path);
    const others = alone ? withoutGuests(path, otherProcesses(this.#env)) : [];
    if (others.length > 0) {
      void this.#env.root.close();
      throw new FolderInUse(
        `The data folder ${path} is in use by process ${others.join(", ")}. Several nodes need a store that they can share: --store redis://…`,
      );
    }
    this.#clock = clock;
    this.#heads = new Heads(this.#env, () => clock.now());
    this.#commits = new Commits(this.#env.root);
    this.#readOnly = readOnly;
    this.#sweep = readOnly ? null : new Sweep(this.#env, this.#heads, this.#commits, clock);
  }

  get(key: string): Promise<string | null> {
    return this.#read(key, () => this.#heads.findString(key)?.value.toString() ?? null);
  }

  getMany(keys: readonly string[]): Promise<(string | null)[]> {
    return Promise.all(keys.map((key) => this.get(key)));
  }

  set(key: string, value: string): Promise<void> {
    return this.#write(key, () => this.#heads.saveString(key, value, 0));
  }

  setNx(key: string, value: string, ttlSeconds?: number): Promise<boolean> {
    return this.#write(key, () => {
      if (this.#heads.find(key) !== null) return false;
      this.#heads.saveString(key, value, ttlSeconds === undefined ? 0 : this.#in(ttlSeconds));
      return true;
    });
  }

  delete(key: string): Promise<boolean> {
    return this.#write(key, () => {
      const found = this.#heads.find(key) !== null;
      this.#heads.remove(key);
      return found;
    });
  }

  exists(key: string): Promise<boolean> {
    return this.#read(key, () => this.#heads.find(key) !== null);
  }

  expire(key: string, ttlSeconds: number): Promise<boolean> {
    return this.#write(key, () => {
      const head = this.#heads.find(key);
      if (head === null) return false;
      this.#heads.setExpiry(key, head, this.#in(ttlSeconds));
      return true;
    });
  }

  increment(key: string): Promise<number> {
    return this.#write(key, () => {
      const next = integer(this.#heads.findString(key)?.value.toString() ?? "0", key) + 1;
      this.#heads.saveString(key, String(next), 0);
      return next;
    });
  }

  hashSet(key: string, field: string, value: string): Promise<void> {
    return this.hashSetMany(key, { [field]: value });
  }

  hashSetMany(key: string, fields: Readonly<Record<string, string>>): Promise<void> {
    return this.#write(key, () => {
      const hash = this.#heads.collection(key, "hash");
      for (const [field, value] of Object.entries(fields)) this.#setField(hash, field, value);
      this.#heads.save(key, hash);
    });
  }

  hashSetNx(key: string, field: string, value: string): Promise<boolean> {
    return this.#write(key, () => {
      const hash = this.#heads.collection(key, "hash");
      if (this.#env.entries.doesExist(fieldKey(hash.number, field))) return false;
      this.#setField(hash, field, value);
      this.#heads.save(key, hash);
      return true;
    });
  }

  hashGet(key: string, field: string): Promise<string | null> {
    return this.#read(key, () => this.#field(this.#heads.findCollection(key, "hash"), field));
  }

  hashGetMany(key: string, fields: readonly string[]): Promise<(string | null)[]> {
    return this.#read(key, () => {
      const hash = this.#heads.findCollection(key, "hash");
      return fields.map((field) => this.#field(hash, field));
    });
  }

  hashGetAll(key: string): Promise<Record<string, string>> {
    return this.#read(key, () => {
      const hash = this.#heads.findCollection(key, "hash");
      if (hash === null) return {};
      const entries = this.#env.entries.getRange(wholeOf(hash.number));
      return Object.fromEntries([...entries].map((entry) => [fieldOf(entry.key), entry.value.toString()]));
    });
  }

  hashPairs(key: string): Promise<readonly string[]> {
    return this.#read(key, () => {
      const hash = this.#heads.findCollection(key, "hash");
      if (hash === null) return [];
      const entries = this.#env.entries.getRange(wholeOf(hash.number));
      return [...entries].flatMap((entry) => [fieldOf(entry.key), entry.value.toString()]);
    });
  }

  hashDelete(key: string, ...fields: string[]): Promise<number> {
    return this.#write(key, () => this.#removeEntries(key, "hash", fields));
  }

  hashIncrement(key: string, field: string, by: number): Promise<number> {
    return this.#write(key, () => {
      const hash = this.#heads.collection(key, "hash");
      const next = integer(this.#field(hash, field) ?? "0", `${key} ${field}`) + by;
      this.#setField(hash, field, String(next));
      this.#heads.save(key, hash);
      return next;
    });
  }

  hashLength(key: string): Promise<number> {
    return this.#count(key, "hash");
  }

  async *hashScan(key: string): AsyncIterable<readonly [string, string]> {
    for await (const entry of this.#scan(key, "hash")) yield [fieldOf(entry.key), entry.value.toString()];
  }

  listPush(key: string, value: string): Promise<number> {
    return this.#write(key, () => this.#push(key, value));
  }

  listLength(key: string): Promise<number> {
    return this.#count(key, "list");
  }

  listRange(key: string, from: number, to: number): Promise<string[]> {
    return this.#read(key, () => this.#listEntries(key, from, to).map((bytes) => bytes.toString()));
  }

  listRangeBytes(key: string, from: number, to: number): Promise<Uint8Array[]> {
    return this.#read(key, () => this.#listEntries(key, from, to));
  }

  listTail(key: string, count: number): Promise<ListTail> {
    return this.#read(key, () => {
      const length = this.#heads.findCollection(key, "list")?.count ?? 0;
      return { length, entries: this.#listEntries(key, Math.max(0, length - count), length - 1) };
    });
  }

  listGet(key: string, index: number): Promise<string | null> {
    return this.#read(key, () => {
      const list = this.#heads.findCollection(key, "list");
      if (list === null) return null;
      return this.#env.entries.getBinary(indexKey(list.number, index))?.toString() ?? null;
    });
  }

  listChanges(lists: readonly KnownList[], at: number): Promise<(ListChange | null)[]> {
    return changesOfEach(this, lists, at);
  }

  listSet(key: string, index: number, value: string): Promise<void> {
    return this.#write(key, () => {
      const list = this.#heads.findCollection(key, "list");
      if (list === null || index < 0 || index >= list.count) throw new RangeError(`${key} has no entry ${index}`);
      this.#env.entries.putSync(indexKey(list.number, index), Buffer.from(value));
    });
  }

  setAdd(key: string, member: string): Promise<boolean> {
    return this.#write(key, () => {
      const set = this.#heads.collection(key, "set");
      const entry = fieldKey(set.number, member);
      if (this.#env.entries.doesExist(entry)) return false;
      this.#env.entries.putSync(entry, NOTHING);
      set.count++;
      this.#heads.save(key, set);
      return true;
    });
  }

  setRemove(key: string, member: string): Promise<boolean> {
    return this.#write(key, () => this.#removeEntries(key, "set", [member]) === 1);
  }

  setHas(key: string, member: string): Promise<boolean> {
    return this.#read(key, () => {
      const set = this.#heads.findCollection(key, "set");
      return set !== null && this.#env.entries.doesExist(fieldKey(set.number, member));
    });
  }

  setLength(key: string): Promise<number> {
    return this.#count(key, "set");
  }

  async *setScan(key: string): AsyncIterable<string> {
    for await (const entry of this.#scan(key, "set")) yield fieldOf(entry.key);
  }

  sortedAdd(key: string, score: number, member: string): Promise<void> {
    if (Number.isNaN(score)) throw new RangeError("A score is a number");
    return this.#write(key, () => {
      const sorted = this.#heads.collection(key, "sorted");
      const known = this.#env.entries.getBinary(memberKey(sorted.number, member));
      if (known === undefined) sorted.count++;
      else this.#env.entries.removeSync(scoreKey(sorted.number, scoreOf(known), member));
      this.#env.entries.putSync(memberKey(sorted.number, member), scoreValue(score));
      this.#env.entries.putSync(scoreKey(sorted.number, score, member), NOTHING);
      this.#heads.save(key, sorted);
    });
  }

  sortedRemove(key: string, ...members: string[]): Promise<number> {
    return this.#write(key, () => {
      const sorted = this.#heads.findCollection(key, "sorted");
      return sorted === null ? 0 : this.#removeMembers(key, sorted, members);
    });
  }

  sortedScore(key: string, member: string): Promise<number | null> {
    return this.#read(key, () => {
      const sorted = this.#heads.findCollection(key, "sorted");
      const score = sorted === null ? undefined : this.#env.entries.getBinary(memberKey(sorted.number, member));
      return score === undefined ? null : scoreOf(score);
    });
  }

  sortedLength(key: string): Promise<number> {
    return this.#count(key, "sorted");
  }

  sortedRange(key: string, min: number, max: number, limit: number): Promise<string[]> {
    return this.#read(key, () => {
      const sorted = this.#heads.findCollection(key, "sorted");
      return sorted === null ? [] : this.#membersByScore(sorted, min, max, limit);
    });
  }

  sortedNewest(key: string, count: number): Promise<string[]> {
    return this.#read(key, () => {
      const sorted = this.#heads.findCollection(key, "sorted");
      if (sorted === null || count <= 0) return [];
      const newest = { start: afterScore(sorted.number, Infinity), end: scoreKey(sorted.number, -Infinity, "") };
      const entries = this.#env.entries.getKeys({ ...newest, reverse: true, limit: count });
      return [...entries].map(memberOfScoreKey);
    });
  }

  sortedRemoveRange(key: string, min: number, max: number): Promise<number> {
    return this.#write(key, () => {
      const sorted = this.#heads.findCollection(key, "sorted");
      return sorted === null ? 0 : this.#removeMembers(key, sorted, this.#membersByScore(sorted, min, max));
    });
  }

  appendOnce(append: Append): Promise<Appended> {
    return this.#write(append.log, () => this.#append(append));
  }

  appendIf(append: Append, grounds: Grounds): Promise<Appended | null> {
    return this.#write(append.log, () => {
      const claim = this.#claimOf(append);
      const isSettled =
        claim === null ? this.#follows(append) && this.#holds(grounds) : parseClaim(claim).state === "done";
      return isSettled ? this.#append(append) : null;
    });
  }

  async *keyScan(prefix: string): AsyncIterable<string> {
    let start: Buffer = Buffer.from(prefix);
    for (;;) {
      const step = [...this.#env.heads.getKeys({ start, limit: SCAN_STEP })].map((bytes) => bytes.toString());
      for (const key of step) {
        if (!key.startsWith(prefix)) return;
        if (this.#heads.find(key) !== null) yield key;
      }
      if (step.length < SCAN_STEP) return;
      start = Buffer.concat([Buffer.from(step.at(-1) ?? ""), Buffer.of(0)]);
      // Between two steps the main thread does what others wait for.
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  async instance(): Promise<string> {
    const instance = this.#env.system.get("instance");
    if (instance === undefined) throw new Error("The data folder is damaged: it has no instance id");
    return instance;
  }

  refresh(): void {
    this.#env.root.resetReadTxn();
  }

  async close(): Promise<void> {
    await this.#sweep?.stop();
    await this.#commits.idle();
    // Rejects when the last commit failed, which its writers were told.
    await Promise.resolve(this.#env.root.flushed).catch(() => {});
    await this.#env.root.close();
  }

  #read<T>(key: string, read: () => T): Promise<T> {
    return this.#commits.read(key, read);
  }

  #write<T>(key: string, write: () => T): Promise<T> {
    if (this.#readOnly) return Promise.reject(new Error("This store was opened for reading only"));
    return this.#commits.write(key, write);
  }

  #in(ttlSeconds: number): number {
    return Math.ceil(this.#clock.now()) + ttlSeconds * 1000;
  }

  #count(key: string, kind: CollectionKind): Promise<number> {
    return this.#read(key, () => this.#heads.findCollection(key, kind)?.count ?? 0);
  }

  #field(hash: CollectionHead | null, field: string): string | null {
    if (hash === null) return null;
    return this.#env.entries.getBinary(fieldKey(hash.number, field))?.toString() ?? null;
  }

  #setField(hash: CollectionHead, field: string, value: string): void {
    const entry = fieldKey(hash.number, field);
    if (!this.#env.entries.doesExist(entry)) hash.count++;
    this.#env.entries.putSync(entry, Buffer.from(value));
  }

  #push(key: string, value: string): number {
    const list = this.#heads.collection(key, "list");
    this.#env.entries.putSync(indexKey(list.number, list.count), Buffer.from(value));
    list.count++;
    this.#heads.save(key, list);
    return list.count;
  }

  #append(append: Append): Appended {
    return appendOnceAtomically(append, {
      claim: () => this.#claimOf(append),
      entriesFrom: (index) => this.#listEntries(append.log, index, Infinity).map((bytes) => bytes.toString()),
      push: () => this.#push(append.log, append.entry),
      record: (claim) => this.#record(append, claim),
    });
  }

  #follows({ bucket, after, epoch }: Append): boolean {
    if (after === undefined) return true;
    const text = this.#claimOf({ bucket, id: after.id });
    if (text === null) return false;
    const claim = parseClaim(text);
    return claim.state === "done" && claim.sentAt === after.sentAt && claim.epoch === epoch;
  }

  #claimOf({ bucket, id }: Pick<Append, "bucket" | "id">): string | null {
    return this.#field(this.#heads.findCollection(bucket, "hash"), id);
  }

  #holds({ keys, text }: Grounds): boolean {
    return (JSON.parse(text) as HashRead[]).every(([fields, values, whole], at) => {
      const hash = this.#heads.findCollection(keys[at] ?? "", "hash");
      if (whole && (hash?.count ?? 0) !== fields.length) return false;
      return fields.every((field, i) => (this.#field(hash, field) ?? false) === values[i]);
    });
  }

  #listEntries(key: string, from: number, to: number): Buffer[] {
    const list = this.#heads.findCollection(key, "list");
    if (list === null || from >= list.count || to < from) return [];
    const range = { start: indexKey(list.number, from), end: indexKey(list.number, Math.min(to + 1, list.count)) };
    return [...this.#env.entries.getRange(range)].map((entry) => entry.value);
  }

  #removeEntries(key: string, kind: "hash" | "set", names: readonly string[]): number {
    const collection = this.#heads.findCollection(key, kind);
    if (collection === null) return 0;
    const entries = names.map((name) => fieldKey(collection.number, name));
    const removed = entries.filter((entry) => this.#env.entries.removeSync(entry)).length;
    collection.count -= removed;
    this.#heads.save(key, collection);
    return removed;
  }

  #membersByScore(sorted: CollectionHead, min: number, max: number, limit?: number): string[] {
    if (limit !== undefined && limit <= 0) return [];
    const range = { start: scoreKey(sorted.number, min, ""), end: afterScore(sorted.number, max) };
    const entries = this.#env.entries.getKeys(limit === undefined ? range : { ...range, limit });
    return [...entries].map(memberOfScoreKey);
  }

  #removeMembers(key: string, sorted: CollectionHead, members: readonly string[]): number {
    let removed = 0;
    for (const member of members) {
      const entry = memberKey(sorted.number, member);
      const score = this.#env.entries.getBinary(entry);
      if (score === undefined) continue;
      this.#env.entries.removeSync(entry);
      this.#env.entries.removeSync(scoreKey(sorted.number, scoreOf(score), member));
      removed++;
    }
    sorted.count -= removed;
    this.#heads.save(key, sorted);
    return removed;
  }

  #record(append: Append, value: string): void {
    const bucket = this.#heads.collection(append.bucket, "hash");
    this.#setField(bucket, append.id, value);
    this.#heads.save(append.bucket, bucket);
    if (append.bucketTtlSeconds === null) return;
    const expiresAt = this.#in(append.bucketTtlSeconds);
    if (bucket.expiresAt < expiresAt) this.#heads.setExpiry(append.bucket, bucket, expiresAt + BUCKET_SLACK_MS);
  }

  /** Reads in steps; ends early when the collection is deleted meanwhile. */
  async *#scan(key: string, kind: CollectionKind): AsyncGenerator<{ key: Buffer; value: Buffer }> {
    const first = await this.#read(key, () => this.#heads.findCollection(key, kind));
    if (first === null) return;
    let { start, end } = wholeOf(first.number);
    for (;;) {
      const step = [...this.#env.entries.getRange({ start, end, limit: SCAN_STEP })];
      yield* step;
      const last = step.at(-1);
      if (last === undefined || step.length < SCAN_STEP) return;
      start = Buffer.concat([last.key, Buffer.of(0)]);
      if (this.#heads.find(key)?.kind !== kind) return;
    }
  }
}

function wholeOf(number: number): { start: Buffer; end: Buffer } {
  return { start: numberBytes(number), end: numberBytes(number + 1) };
}

function integer(text: string, of: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new Error(`${of} is not an integer`);
  return value;
}
