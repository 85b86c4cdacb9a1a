import type { Clock } from "@parley/protocol";
import { appendAsLoser, appendOncePortably, type LogStore } from "../../src/store/append-once.ts";
import { doneClaim, parseClaim, pendingClaim } from "../../src/store/claim.ts";
import type { Append, Appended, Grounds, HashRead, KnownList, Kv, ListChange, ListTail } from "../../src/store/kv.ts";
import { changesOfEach } from "../../src/store/list-changes.ts";
import { type ConnectingKv, type LinkOptions, MemoryLink, PROMPT } from "./memory-link.ts";

export interface MemoryKvOptions extends Partial<LinkOptions> {
  /** Appends in one step, as a store that runs the script. */
  readonly script?: boolean;
  /** Called on every connection after the first one, before any command is taken. */
  readonly onConnect?: (kv: ConnectingKv) => Promise<void>;
}

const TIMEOUT_MS = 3_000;

type Value =
  | { kind: "string"; text: string }
  | { kind: "hash"; fields: Map<string, string> }
  | { kind: "list"; entries: string[] }
  | { kind: "set"; members: Set<string> }
  | { kind: "sorted"; scores: Map<string, number> };
type Kind = Value["kind"];
type Of<K extends Kind> = Extract<Value, { kind: K }>;
type Data = Map<string, { value: Value; expiresAt: number }>;

/**
 * A store in memory for simulations: deterministic, with the semantics of kv.contract.ts. Nodes share the data and
 * have a link each, on which commands can be late or lost.
 */
export class MemoryStore {
  readonly clock: Clock;
  readonly #kvs = new Set<MemoryKv>();
  #values: Data = new Map();
  /** What primaries had when others took over from them. */
  readonly #former: Data[] = [];
  /** Which primary holds the data; a test changes it when it takes a tail away. */
  instance: string;

  constructor(clock: Clock, instance = "memory-1") {
    this.clock = clock;
    this.instance = instance;
  }

  connect(options: MemoryKvOptions = {}): Kv {
    const kv = new MemoryKv(this, options);
    this.#kvs.add(kv);
    return kv;
  }

  /** From now on the replica hears nothing more. The answer lets it take over, with what it has. */
  breakReplication(): (instance: string, downMs: () => number) => void {
    const replica = structuredClone(this.#values);
    return (instance, downMs) => {
      this.#former.push(this.#values);
      this.#values = replica;
      this.instance = instance;
      for (const kv of this.#kvs) kv.lost(downMs());
    };
  }

  /** Whether the list had such an entry at this index, now or when another primary took over. */
  everHeld(key: string, index: number, isIt: (entry: string) => boolean): boolean {
    return [this.#values, ...this.#former].some((data) => {
      const value = data.get(key)?.value;
      const entry = value?.kind === "list" ? value.entries[index] : undefined;
      return entry !== undefined && isIt(entry);
    });
  }

  forget(kv: MemoryKv): void {
    this.#kvs.delete(kv);
  }

  keys(prefix: string): string[] {
    return [...this.#values.keys()].filter((key) => key.startsWith(prefix) && this.has(key));
  }

  find<K extends Kind>(key: string, kind: K): Of<K> | null {
    if (!this.has(key)) return null;
    const value = this.#values.get(key)?.value;
    if (value?.kind !== kind) throw new Error(`${key} is a ${value?.kind}, not a ${kind}`);
    return value as Of<K>;
  }

  make<K extends Kind>(key: string, empty: Of<K>): Of<K> {
    const found = this.find(key, empty.kind as K);
    if (found !== null) return found;
    this.#values.set(key, { value: empty, expiresAt: Infinity });
    return empty;
  }

  put(key: string, text: string, ttlSeconds?: number): void {
    this.#values.set(key, { value: { kind: "string", text }, expiresAt: this.#in(ttlSeconds) });
  }

  has(key: string): boolean {
    const held = this.#values.get(key);
    if (held === undefined) return false;
    if (held.expiresAt > this.clock.now() && !isEmpty(held.value)) return true;
    this.#values.delete(key);
    return false;
  }

  remove(key: string): boolean {
    const found = this.has(key);
    this.#values.delete(key);
    return found;
  }

  expire(key: string, ttlSeconds: number): boolean {
    const held = this.has(key) ? this.#values.get(key) : undefined;
    if (held !== undefined) held.expiresAt = this.#in(ttlSeconds);
    return held !== undefined;
  }

  #in(ttlSeconds: number | undefined): number {
    return ttlSeconds === undefined ? Infinity : this.clock.now() + ttlSeconds * 1000;
  }
}

/** A collection that nothing is left in is no more. */
function isEmpty(value: Value): boolean {
  switch (value.kind) {
    case "string":
      return false;
    case "hash":
      return value.fields.size === 0;
    case "list":
      return value.entries.length === 0;
    case "set":
      return value.members.size === 0;
    case "sorted":
      return value.scores.size === 0;
  }
}

class MemoryKv implements Kv {
  // Behaves as the driver that talks over a network.
  readonly driver = "redis";
  /** Each command is late or lost by itself. */
  readonly inOrder = false;
  readonly #store: MemoryStore;
  readonly #clock: Clock;
  readonly #link: MemoryLink;
  readonly #script: boolean;
  readonly #onConnect: (kv: ConnectingKv) => Promise<void>;

  constructor(store: MemoryStore, options: MemoryKvOptions) {
    const { clock = store.clock, fate = () => PROMPT, timeoutMs = TIMEOUT_MS, script = true } = options;
    this.#store = store;
    this.#clock = clock;
    this.#link = new MemoryLink(store.clock, { clock, fate, timeoutMs });
    this.#script = script;
    this.#onConnect = options.onConnect ?? (async () => {});
  }

  /** Another primary took over. */
  lost(downMs: number): void {
    this.#link.lost(downMs, () =>
      this.#onConnect({
        instance: () => this.instance(),
        hashGetAll: (key) => this.#link.direct("hashGetAll", key, () => Object.fromEntries(this.#fields(key))),
        hashSetNx: (key, field, value) =>
          this.#link.direct("hashSetNx", key, () => this.#setFieldNx(key, field, value)),
      }),
    );
  }

  get(key: string): Promise<string | null> {
    return this.#send("get", key, () => this.#store.find(key, "string")?.text ?? null);
  }

  getMany(keys: readonly string[]): Promise<(string | null)[]> {
    return Promise.all(keys.map((key) => this.get(key)));
  }

  set(key: string, value: string): Promise<void> {
    return this.#send("set", key, () => this.#store.put(key, value));
  }

  setNx(key: string, value: string, ttlSeconds?: number): Promise<boolean> {
    return this.#send("setNx", key, () => {
      if (this.#store.has(key)) return false;
      this.#store.put(key, value, ttlSeconds);
      return true;
    });
  }

  delete(key: string): Promise<boolean> {
    return this.#send("delete", key, () => this.#store.remove(key));
  }

  exists(key: string): Promise<boolean> {
    return this.#send("exists", key, () => this.#store.has(key));
  }

  expire(key: string, ttlSeconds: number): Promise<boolean> {
    return this.#send("expire", key, () => this.#store.expire(key, ttlSeconds));
  }

  increment(key: string): Promise<number> {
    return this.#send("increment", key, () => {
      const next = Number(this.#store.find(key, "string")?.text ?? "0") + 1;
      this.#store.put(key, String(next));
      return next;
    });
  }

  hashSet(key: string, field: string, value: string): Promise<void> {
    return this.#send("hashSet", key, () => void this.#hash(key).set(field, value));
  }

  hashSetMany(key: string, fields: Readonly<Record<string, string>>): Promise<void> {
    return this.#send("hashSetMany", key, () => {
      for (const [field, value] of Object.entries(fields)) this.#hash(key).set(field, value);
    });
  }

  hashSetNx(key: string, field: string, value: string): Promise<boolean> {
    return this.#send("hashSetNx", key, () => this.#setFieldNx(key, field, value));
  }

  hashGet(key: string, field: string): Promise<string | null> {
    return this.#send("hashGet", key, () => this.#fields(key).get(field) ?? null);
  }

  hashGetMany(key: string, fields: readonly string[]): Promise<(string | null)[]> {
    return this.#send("hashGetMany", key, () => fields.map((field) => this.#fields(key).get(field) ?? null));
  }

  hashGetAll(key: string): Promise<Record<string, string>> {
    return this.#send("hashGetAll", key, () => Object.fromEntries(this.#fields(key)));
  }

  hashPairs(key: string): Promise<readonly string[]> {
    return this.#send("hashGetAll", key, () => [...this.#fields(key)].flat());
  }

  hashDelete(key: string, ...fields: string[]): Promise<number> {
    return this.#send("hashDelete", key, () => {
      const found = this.#fields(key);
      return fields.filter((field) => found.delete(field)).length;
    });
  }

  hashIncrement(key: string, field: string, by: number): Promise<number> {
    return this.#send("hashIncrement", key, () => {
      const next = Number(this.#fields(key).get(field) ?? "0") + by;
      this.#hash(key).set(field, String(next));
      return next;
    });
  }

  hashLength(key: string): Promise<number> {
    return this.#send("hashLength", key, () => this.#fields(key).size);
  }

  async *hashScan(key: string): AsyncIterable<readonly [string, string]> {
    yield* await this.#send("hashScan", key, () => [...this.#fields(key)]);
  }

  listPush(key: string, value: string): Promise<number> {
    return this.#send("listPush", key, () => this.#push(key, value));
  }

  listLength(key: string): Promise<number> {
    return this.#send("listLength", key, () => this.#entries(key).length);
  }

  listRange(key: string, from: number, to: number): Promise<string[]> {
    return this.#send("listRange", key, () => (to < from ? [] : this.#entries(key).slice(from, to + 1)));
  }

  async listRangeBytes(key: string, from: number, to: number): Promise<Uint8Array[]> {
    return (await this.listRange(key, from, to)).map((value) => Buffer.from(value));
  }

  listTail(key: string, count: number): Promise<ListTail> {
    return this.#send("listTail", key, () => {
      const entries = this.#entries(key);
      return { length: entries.length, entries: entries.slice(-count).map((value) => Buffer.from(value)) };
    });
  }

  listGet(key: string, index: number): Promise<string | null> {
    return this.#send("listGet", key, () => this.#entries(key)[index] ?? null);
  }

  listChanges(lists: readonly KnownList[], at: number): Promise<(ListChange | null)[]> {
    return changesOfEach(this, lists, at);
  }

  listSet(key: string, index: number, value: string): Promise<void> {
    return this.#send("listSet", key, () => {
      const entries = this.#entries(key);
      if (index < 0 || index >= entries.length) throw new RangeError(`${key} has no entry ${index}`);
      entries[index] = value;
    });
  }

  setAdd(key: string, member: string): Promise<boolean> {
    return this.#send("setAdd", key, () => {
      const { members } = this.#store.make(key, { kind: "set", members: new Set() });
      return !members.has(member) && members.add(member) !== undefined;
    });
  }

  setRemove(key: string, member: string): Promise<boolean> {
    return this.#send("setRemove", key, () => this.#store.find(key, "set")?.members.delete(member) ?? false);
  }

  setHas(key: string, member: string): Promise<boolean> {
    return this.#send("setHas", key, () => this.#store.find(key, "set")?.members.has(member) ?? false);
  }

  setLength(key: string): Promise<number> {
    return this.#send("setLength", key, () => this.#store.find(key, "set")?.members.size ?? 0);
  }

  async *keyScan(prefix: string): AsyncIterable<string> {
    yield* await this.#send("keyScan", prefix, () => this.#store.keys(prefix));
  }

  async *setScan(key: string): AsyncIterable<string> {
    yield* await this.#send("setScan", key, () => [...(this.#store.find(key, "set")?.members ?? [])]);
  }

  sortedAdd(key: string, score: number, member: string): Promise<void> {
    return this.#send("sortedAdd", key, () => {
      this.#store.make(key, { kind: "sorted", scores: new Map() }).scores.set(member, score);
    });
  }

  sortedRemove(key: string, ...members: string[]): Promise<number> {
    return this.#send("sortedRemove", key, () => members.filter((one) => this.#scores(key).delete(one)).length);
  }

  sortedScore(key: string, member: string): Promise<number | null> {
    return this.#send("sortedScore", key, () => this.#scores(key).get(member) ?? null);
  }

  sortedLength(key: string): Promise<number> {
    return this.#send("sortedLength", key, () => this.#scores(key).size);
  }

  sortedRange(key: string, min: number, max: number, limit: number): Promise<string[]> {
    return this.#send("sortedRange", key, () => this.#between(key, min, max).slice(0, Math.max(0, limit)));
  }

  sortedNewest(key: string, count: number): Promise<string[]> {
    return this.#send("sortedNewest", key, () =>
      this.#between(key, -Infinity, Infinity).reverse().slice(0, Math.max(0, count)),
    );
  }

  sortedRemoveRange(key: string, min: number, max: number): Promise<number> {
    return this.#send("sortedRemoveRange", key, () => {
      const members = this.#between(key, min, max);
      for (const member of members) this.#scores(key).delete(member);
      return members.length;
    });
  }

  async appendOnce(append: Append): Promise<Appended> {
    const bound: LogStore = this.#link.bound(this);
    if (!this.#script) return appendOncePortably(bound, this.#clock, append);
    const answer = await this.#send("appendScript", append.log, () => this.#appendInOneStep(append));
    return answerOf(append, answer) ?? appendAsLoser(bound, this.#clock, append);
  }

  async appendIf(append: Append, grounds: Grounds): Promise<Appended | null> {
    if (!this.#script) return null;
    const answer = await this.#send("appendScript", append.log, () =>
      this.#fields(append.bucket).has(append.id) || (this.#follows(append) && this.#holds(grounds))
        ? this.#appendInOneStep(append)
        : null,
    );
    return answer === null ? null : answerOf(append, answer);
  }

  async instance(): Promise<string> {
    return this.#store.instance;
  }

  refresh(): void {
    // There are no snapshots.
  }

  async close(): Promise<void> {
    this.#link.close();
    this.#store.forget(this);
  }

  #follows({ bucket, after, epoch }: Append): boolean {
    if (after === undefined) return true;
    const claim = this.#fields(bucket).get(after.id);
    return claim?.startsWith("=") === true && claim.endsWith(`:${after.sentAt}:${epoch}`);
  }

  #holds({ keys, text }: Grounds): boolean {
    return (JSON.parse(text) as HashRead[]).every(([fields, values, whole], at) => {
      const hash = this.#fields(keys[at] ?? "");
      return (
        (!whole || hash.size === fields.length) && fields.every((one, i) => (hash.get(one) ?? false) === values[i])
      );
    });
  }

  #appendInOneStep({ log, bucket, bucketTtlSeconds, id, entry, sentAt, epoch }: Append): number | string {
    const claim = this.#fields(bucket).get(id);
    if (claim !== undefined) return claim;
    this.#hash(bucket).set(id, pendingClaim(this.#entries(log).length));
    if (bucketTtlSeconds !== null) this.#store.expire(bucket, bucketTtlSeconds);
    const seq = this.#push(log, entry);
    this.#hash(bucket).set(id, doneClaim({ seq, sentAt, epoch }));
    return seq;
  }

  #send<T>(name: string, key: string, apply: () => T): Promise<T> {
    return this.#link.send(name, key, apply);
  }

  #setFieldNx(key: string, field: string, value: string): boolean {
    if (this.#fields(key).has(field)) return false;
    this.#hash(key).set(field, value);
    return true;
  }

  #hash(key: string): Map<string, string> {
    return this.#store.make(key, { kind: "hash", fields: new Map() }).fields;
  }

  #fields(key: string): Map<string, string> {
    return this.#store.find(key, "hash")?.fields ?? new Map();
  }

  #entries(key: string): string[] {
    return this.#store.find(key, "list")?.entries ?? [];
  }

  #push(key: string, value: string): number {
    return this.#store.make(key, { kind: "list", entries: [] }).entries.push(value);
  }

  #scores(key: string): Map<string, number> {
    return this.#store.find(key, "sorted")?.scores ?? new Map();
  }

  #between(key: string, min: number, max: number): string[] {
    const found = [...this.#scores(key)].filter(([, score]) => score >= min && score <= max);
    found.sort(([a, x], [b, y]) => x - y || Buffer.compare(Buffer.from(a), Buffer.from(b)));
    return found.map(([member]) => member);
  }
}

function answerOf({ sentAt, epoch }: Append, answer: number | string): Appended | null {
  if (typeof answer === "number") return { seq: answer, sentAt, epoch, duplicate: false };
  const claim = parseClaim(answer);
  return claim.state === "pending"
    ? null
    : { seq: claim.seq, sentAt: claim.sentAt, epoch: claim.epoch, duplicate: true };
}
