import { metrics } from "../metrics.ts";

/**
 * The store as Parley sees it: what Pika, Tendis, Kvrocks, Valkey, Redis and the embedded driver all do alike.
 * Only single-key atomicity is assumed; what spans keys is an idempotent, replayable sequence (see domain/).
 *
 * Calls made in one turn of the event loop travel together, so "pipelining" is `Promise.all`. Calls of one caller on
 * one key are applied in the order in which they were made. A write is durable, to the degree that the store was
 * configured for, when its promise resolves. A rejected write is *unknown*, not failed: it may still be applied.
 *
 * Keys come from keys.ts alone. Values are strings in UTF-8.
 */
export interface Kv {
  /** Which driver this is, for the banner and for messages to the operator. */
  readonly driver: "embedded" | "redis";
  /**
   * Commands of one caller are carried out in the order in which they were made, whatever their keys: one that has to come
   * after another need not wait for its answer, only be made after it. `appendOnce` and `appendIf` are left out of that.
   */
  readonly inOrder: boolean;

  get(key: string): Promise<string | null>;
  /** Keys of any slots; the answers are in the order of the keys. */
  getMany(keys: readonly string[]): Promise<(string | null)[]>;
  set(key: string, value: string): Promise<void>;
  /** True for the one caller that created the key. */
  setNx(key: string, value: string, ttlSeconds?: number): Promise<boolean>;
  /** True for the one caller that removed the key. */
  delete(key: string): Promise<boolean>;
  exists(key: string): Promise<boolean>;
  /** False when there is no such key. */
  expire(key: string, ttlSeconds: number): Promise<boolean>;
  /** Never on a key with a time to live. */
  increment(key: string): Promise<number>;

  hashSet(key: string, field: string, value: string): Promise<void>;
  hashSetMany(key: string, fields: Readonly<Record<string, string>>): Promise<void>;
  /** True for the one caller that created the field. */
  hashSetNx(key: string, field: string, value: string): Promise<boolean>;
  hashGet(key: string, field: string): Promise<string | null>;
  hashGetMany(key: string, fields: readonly string[]): Promise<(string | null)[]>;
  /** Small hashes only; large ones are scanned. */
  hashGetAll(key: string): Promise<Record<string, string>>;
  /** The same as field, value, field, value ...: for hashes of hundreds of fields, of which an object costs a multiple. */
  hashPairs(key: string): Promise<readonly string[]>;
  /** How many of the fields existed. */
  hashDelete(key: string, ...fields: string[]): Promise<number>;
  hashIncrement(key: string, field: string, by: number): Promise<number>;
  hashLength(key: string): Promise<number>;
  /** Each field at least once, in no order; fields written meanwhile may be missing. */
  hashScan(key: string): AsyncIterable<readonly [field: string, value: string]>;

  /** Answers the new length: allocates the sequence number of the entry. */
  listPush(key: string, value: string): Promise<number>;
  listLength(key: string): Promise<number>;
  /** From and to are indexes from 0, both included; beyond the end is cut. */
  listRange(key: string, from: number, to: number): Promise<string[]>;
  /** The same, as the stored bytes: for pages that are joined without being decoded. */
  listRangeBytes(key: string, from: number, to: number): Promise<Uint8Array[]>;
  /** The last `count` entries, and the length that the list had then. */
  listTail(key: string, count: number): Promise<ListTail>;
  listGet(key: string, index: number): Promise<string | null>;
  /** Many lists at once, of any slots; the answers are in the order of the lists, and null for those that are as known. */
  listChanges(lists: readonly KnownList[], at: number): Promise<(ListChange | null)[]>;
  /** The index must exist. */
  listSet(key: string, index: number, value: string): Promise<void>;

  /** True when the member is new. */
  setAdd(key: string, member: string): Promise<boolean>;
  setRemove(key: string, member: string): Promise<boolean>;
  setHas(key: string, member: string): Promise<boolean>;
  setLength(key: string): Promise<number>;
  setScan(key: string): AsyncIterable<string>;

  sortedAdd(key: string, score: number, member: string): Promise<void>;
  /** How many of the members were there. */
  sortedRemove(key: string, ...members: string[]): Promise<number>;
  sortedScore(key: string, member: string): Promise<number | null>;
  sortedLength(key: string): Promise<number>;
  /** Ascending; both bounds included and finite (open ends are 100 times slower on Pika). */
  sortedRange(key: string, min: number, max: number, limit: number): Promise<string[]>;
  /** The `count` members with the highest scores, descending. */
  sortedNewest(key: string, count: number): Promise<string[]>;
  sortedRemoveRange(key: string, min: number, max: number): Promise<number>;

  /** Exactly-once append to a log; see append-once.ts. */
  appendOnce(append: Append): Promise<Appended>;
  /**
   * The same in one step, provided that the grounds hold in that step. Null, and nothing was appended: they do not, the
   * store cannot tell, what it comes after is not there, or somebody has begun to append the id. One that is appended is
   * answered without them.
   */
  appendIf(append: Append, grounds: Grounds): Promise<Appended | null>;

  /** Identity of the primary that holds the data: a different one means that a tail may be lost (S9). */
  instance(): Promise<string>;

  /** Keys that begin so, some perhaps twice. Reads the names of all keys: for an operator who asks, never for a request. */
  keyScan(prefix: string): AsyncIterable<string>;

  /** Only for workers: what was committed by other threads before this call is visible after it. */
  refresh(): void;

  /** Resolves when everything written is as durable as it gets. */
  close(): Promise<void>;
}

/** What a decision may be made from. */
export type Reads = Pick<Kv, "get" | "hashGet" | "hashGetMany" | "hashGetAll" | "hashPairs" | "listRange">;

/** Hashes, of any slots, as they were read. */
export interface Grounds {
  readonly keys: readonly string[];
  /** JSON of a HashRead for each of the keys: it travels with every append that rests on them, and is made once. */
  readonly text: string;
}

/** Fields, what each of them held (false: nothing), and whether the hash held nothing else. */
export type HashRead = readonly [fields: readonly string[], values: readonly (string | false)[], whole: boolean];

export interface ListTail {
  readonly length: number;
  /** The stored bytes. */
  readonly entries: readonly Uint8Array[];
}

/** A list as somebody knows it. */
export interface KnownList {
  readonly key: string;
  readonly length: number;
  /** ASCII that its last entry has from byte `at` on; empty where nobody asks. */
  readonly text: string;
}

export interface ListChange {
  readonly length: number;
  /** Whether the entry that is known as the last is there and has the text. */
  readonly same: boolean;
}

export interface Append {
  /** Key of the log, a list. */
  readonly log: string;
  /** Key of the dedupe bucket, a hash that expires `bucketTtlSeconds` after its last new field; null: never. */
  readonly bucket: string;
  readonly bucketTtlSeconds: number | null;
  /** Unique per message in its bucket: `uid:clientId`. */
  readonly id: string;
  /** JSON text of the entry; holds the id in `sender` and `clientId`, so that a scan recognises it. */
  readonly entry: string;
  readonly sentAt: number;
  readonly epoch: string;
  /** A length that the log is known to have had, when the caller knows one; may be of a tail that was lost since. */
  readonly knownLength?: number;
  /**
   * An append to the same bucket: `appendIf` appends only behind its entry. Not behind another one of its id: who found that
   * one there does not stand behind what came before.
   */
  readonly after?: Pick<Append, "id" | "sentAt">;
}

export interface Appended {
  readonly seq: number;
  readonly sentAt: number;
  readonly epoch: string;
  /** The entry is that of another append of the id: `seq`, `sentAt` and `epoch` are of that one. */
  readonly duplicate: boolean;
}

/** The store did not answer in time or the link broke: the write may or may not be applied. */
export class StoreUnavailable extends Error {
  override readonly name = "StoreUnavailable";

  constructor(message?: string, options?: ErrorOptions) {
    super(message, options);
    metrics.storeFailures.add("unavailable");
  }
}
