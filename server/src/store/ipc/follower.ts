import { type Pipe, PipeRefusal } from "../../pipe.ts";
import {
  type Append,
  type Appended,
  type Grounds,
  type KnownList,
  type Kv,
  type ListChange,
  type ListTail,
  StoreUnavailable,
} from "../kv.ts";
import { changesOfEach } from "../list-changes.ts";
import { callStore, type Forwarded, STORE_TOPIC, type StoreCall } from "./calls.ts";

type Answer<M extends Forwarded> = ReturnType<Kv[M]>;

/**
 * The embedded store in a process that does not own it. It reads the data by itself, always as the last commit left
 * it, and the owner alone writes, so that there is one queue to the disk, whose commits everybody shares, and no
 * process that stops or dies holds a lock.
 */
export class FollowingStore implements Kv {
  readonly driver = "embedded";
  readonly inOrder = false;
  readonly #reader: Kv;
  readonly #pipe: Pipe;
  /** Last call of each key that is on its way to the owner. */
  readonly #pending = new Map<string, Promise<unknown>>();

  /** `reader` is the same folder, opened for reading only. */
  constructor(reader: Kv, pipe: Pipe) {
    this.#reader = reader;
    this.#pipe = pipe;
  }

  get(key: string): Promise<string | null> {
    return this.#read("get", key);
  }

  getMany(keys: readonly string[]): Promise<(string | null)[]> {
    return Promise.all(keys.map((key) => this.get(key)));
  }

  set(key: string, value: string): Promise<void> {
    return this.#ask("set", key, value);
  }

  setNx(key: string, value: string, ttlSeconds?: number): Promise<boolean> {
    return this.#ask("setNx", key, value, ttlSeconds);
  }

  delete(key: string): Promise<boolean> {
    return this.#ask("delete", key);
  }

  exists(key: string): Promise<boolean> {
    return this.#read("exists", key);
  }

  expire(key: string, ttlSeconds: number): Promise<boolean> {
    return this.#ask("expire", key, ttlSeconds);
  }

  increment(key: string): Promise<number> {
    return this.#ask("increment", key);
  }

  hashSet(key: string, field: string, value: string): Promise<void> {
    return this.#ask("hashSet", key, field, value);
  }

  hashSetMany(key: string, fields: Readonly<Record<string, string>>): Promise<void> {
    return this.#ask("hashSetMany", key, fields);
  }

  hashSetNx(key: string, field: string, value: string): Promise<boolean> {
    return this.#ask("hashSetNx", key, field, value);
  }

  hashGet(key: string, field: string): Promise<string | null> {
    return this.#read("hashGet", key, field);
  }

  hashGetMany(key: string, fields: readonly string[]): Promise<(string | null)[]> {
    return this.#read("hashGetMany", key, fields);
  }

  hashGetAll(key: string): Promise<Record<string, string>> {
    return this.#read("hashGetAll", key);
  }

  hashPairs(key: string): Promise<readonly string[]> {
    return this.#read("hashPairs", key);
  }

  hashDelete(key: string, ...fields: string[]): Promise<number> {
    return this.#ask("hashDelete", key, ...fields);
  }

  hashIncrement(key: string, field: string, by: number): Promise<number> {
    return this.#ask("hashIncrement", key, field, by);
  }

  hashLength(key: string): Promise<number> {
    return this.#read("hashLength", key);
  }

  async *hashScan(key: string): AsyncIterable<readonly [string, string]> {
    await this.#written(key);
    yield* this.#reader.hashScan(key);
  }

  listPush(key: string, value: string): Promise<number> {
    return this.#ask("listPush", key, value);
  }

  listLength(key: string): Promise<number> {
    return this.#read("listLength", key);
  }

  listRange(key: string, from: number, to: number): Promise<string[]> {
    return this.#read("listRange", key, from, to);
  }

  listRangeBytes(key: string, from: number, to: number): Promise<Uint8Array[]> {
    return this.#read("listRangeBytes", key, from, to);
  }

  listTail(key: string, count: number): Promise<ListTail> {
    return this.#read("listTail", key, count);
  }

  listGet(key: string, index: number): Promise<string | null> {
    return this.#read("listGet", key, index);
  }

  listChanges(lists: readonly KnownList[], at: number): Promise<(ListChange | null)[]> {
    return changesOfEach(this, lists, at);
  }

  listSet(key: string, index: number, value: string): Promise<void> {
    return this.#ask("listSet", key, index, value);
  }

  setAdd(key: string, member: string): Promise<boolean> {
    return this.#ask("setAdd", key, member);
  }

  setRemove(key: string, member: string): Promise<boolean> {
    return this.#ask("setRemove", key, member);
  }

  setHas(key: string, member: string): Promise<boolean> {
    return this.#read("setHas", key, member);
  }

  setLength(key: string): Promise<number> {
    return this.#read("setLength", key);
  }

  async *setScan(key: string): AsyncIterable<string> {
    await this.#written(key);
    yield* this.#reader.setScan(key);
  }

  sortedAdd(key: string, score: number, member: string): Promise<void> {
    return this.#ask("sortedAdd", key, score, member);
  }

  sortedRemove(key: string, ...members: string[]): Promise<number> {
    return this.#ask("sortedRemove", key, ...members);
  }

  sortedScore(key: string, member: string): Promise<number | null> {
    return this.#read("sortedScore", key, member);
  }

  sortedLength(key: string): Promise<number> {
    return this.#read("sortedLength", key);
  }

  sortedRange(key: string, min: number, max: number, limit: number): Promise<string[]> {
    return this.#read("sortedRange", key, min, max, limit);
  }

  sortedNewest(key: string, count: number): Promise<string[]> {
    return this.#read("sortedNewest", key, count);
  }

  sortedRemoveRange(key: string, min: number, max: number): Promise<number> {
    return this.#ask("sortedRemoveRange", key, min, max);
  }

  appendOnce(append: Append): Promise<Appended> {
    return this.#send("appendOnce", append.log, [append]);
  }

  appendIf(append: Append, grounds: Grounds): Promise<Appended | null> {
    return this.#send("appendIf", append.log, [append, grounds]);
  }

  instance(): Promise<string> {
    return this.#reader.instance();
  }

  async *keyScan(prefix: string): AsyncIterable<string> {
    await Promise.allSettled(this.#pending.values());
    this.#reader.refresh();
    yield* this.#reader.keyScan(prefix);
  }

  refresh(): void {
    this.#reader.refresh();
  }

  /** The owner stays. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#pending.values());
    await this.#reader.close();
  }

  /** At once, or in its place behind the writes of the key that were asked for before it. */
  #read<M extends Forwarded>(method: M, key: string, ...args: readonly unknown[]): Answer<M> {
    if (this.#pending.has(key)) return this.#send(method, key, [key, ...args]);
    // What another process was told to be written is there, not what was when this one last looked.
    this.#reader.refresh();
    return callStore(this.#reader, method, [key, ...args]);
  }

  #ask<M extends Forwarded>(method: M, key: string, ...args: readonly unknown[]): Answer<M> {
    return this.#send(method, key, [key, ...args]);
  }

  #send<M extends Forwarded>(method: M, key: string, args: readonly unknown[]): Answer<M> {
    const call: StoreCall = [method, args];
    const answer = this.#pipe.ask(STORE_TOPIC, call).catch(asStoreError);
    this.#pending.set(key, answer);
    const settled = () => {
      if (this.#pending.get(key) === answer) this.#pending.delete(key);
    };
    answer.then(settled, settled);
    return answer as Answer<M>;
  }

  async #written(key: string): Promise<void> {
    await this.#pending.get(key)?.catch(() => {});
    this.#reader.refresh();
  }
}

function asStoreError(error: unknown): never {
  if (!(error instanceof PipeRefusal)) throw new StoreUnavailable((error as Error).message, { cause: error });
  if (error.reason === "StoreUnavailable") throw new StoreUnavailable(error.message, { cause: error });
  if (error.reason === "RangeError") throw new RangeError(error.message, { cause: error });
  throw error;
}
