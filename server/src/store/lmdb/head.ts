import { numberBytes } from "./entry.ts";
import { type Environment, keyBytes, takeNumber } from "./environment.ts";

const KINDS = ["string", "hash", "list", "set", "sorted"] as const;
export type Kind = (typeof KINDS)[number];
export type CollectionKind = Exclude<Kind, "string">;

/** What is stored at a key. `expiresAt` is Unix time in milliseconds, 0 is never. */
export type Head = StringHead | CollectionHead;

export interface StringHead {
  readonly kind: "string";
  expiresAt: number;
  readonly value: Buffer;
}

export interface CollectionHead {
  readonly kind: CollectionKind;
  expiresAt: number;
  readonly number: number;
  /** Entries; for a list its length. */
  count: number;
}

/** The key holds another kind of value, which is a mistake in the program. */
export class WrongKind extends Error {
  override readonly name = "WrongKind";
}

const FIXED_BYTES = 1 + 8;

function encodeHead(head: Head): Buffer {
  const tail = head.kind === "string" ? head.value.length : 16;
  const bytes = Buffer.allocUnsafe(FIXED_BYTES + tail);
  bytes.writeUInt8(KINDS.indexOf(head.kind), 0);
  bytes.writeDoubleBE(head.expiresAt, 1);
  if (head.kind === "string") {
    head.value.copy(bytes, FIXED_BYTES);
  } else {
    bytes.writeDoubleBE(head.number, FIXED_BYTES);
    bytes.writeDoubleBE(head.count, FIXED_BYTES + 8);
  }
  return bytes;
}

export function decodeHead(bytes: Buffer): Head {
  const kind = KINDS[bytes.readUInt8(0)];
  const expiresAt = bytes.readDoubleBE(1);
  if (kind === undefined) throw new Error("The data folder is damaged: unknown kind of value");
  if (kind === "string") return { kind, expiresAt, value: bytes.subarray(FIXED_BYTES) };
  const number = bytes.readDoubleBE(FIXED_BYTES);
  return { kind, expiresAt, number, count: bytes.readDoubleBE(FIXED_BYTES + 8) };
}

/** The heads table: which keys there are, of what kind, until when. The writing methods belong in a transaction. */
export class Heads {
  readonly #env: Environment;
  readonly #now: () => number;

  constructor(env: Environment, now: () => number) {
    this.#env = env;
    this.#now = now;
  }

  /** Null when there is no such key, or no longer. */
  find(key: string): Head | null {
    const head = this.#read(key);
    return head === null || this.#expired(head) ? null : head;
  }

  findString(key: string): StringHead | null {
    const head = this.find(key);
    if (head === null || head.kind === "string") return head;
    throw new WrongKind(`${key} is a ${head.kind}, not a string`);
  }

  findCollection(key: string, kind: CollectionKind): CollectionHead | null {
    const head = this.find(key);
    if (head === null) return null;
    if (head.kind === "string" || head.kind !== kind) throw new WrongKind(`${key} is a ${head.kind}, not a ${kind}`);
    return head;
  }

  /** The collection at the key, or a new empty one, which exists only once it is saved. */
  collection(key: string, kind: CollectionKind): CollectionHead {
    const found = this.findCollection(key, kind);
    if (found !== null) return found;
    this.remove(key);
    return { kind, expiresAt: 0, number: takeNumber(this.#env), count: 0 };
  }

  /** Stores a collection with its new count; one without entries is no more. */
  save(key: string, head: CollectionHead): void {
    if (head.count === 0) this.remove(key);
    else this.#env.heads.putSync(keyBytes(key), encodeHead(head));
  }

  /** Puts a string in the place of whatever is at the key. */
  saveString(key: string, value: string, expiresAt: number): void {
    this.remove(key);
    this.#put(key, { kind: "string", expiresAt, value: Buffer.from(value) });
  }

  setExpiry(key: string, head: Head, expiresAt: number): void {
    this.#unschedule(key, head);
    this.#put(key, { ...head, expiresAt });
  }

  remove(key: string): void {
    const head = this.#read(key);
    if (head === null) return;
    this.#unschedule(key, head);
    if (head.kind !== "string") this.#env.garbage.putSync(numberBytes(head.number), NOTHING);
    this.#env.heads.removeSync(keyBytes(key));
  }

  /** Removes the key when its time has come; for the sweep. */
  removeExpired(key: string): void {
    const head = this.#read(key);
    if (head !== null && this.#expired(head)) this.remove(key);
  }

  #put(key: string, head: Head): void {
    this.#env.heads.putSync(keyBytes(key), encodeHead(head));
    if (head.expiresAt !== 0) this.#env.expiring.putSync(expiryKey(head.expiresAt, key), NOTHING);
  }

  #unschedule(key: string, head: Head): void {
    if (head.expiresAt !== 0) this.#env.expiring.removeSync(expiryKey(head.expiresAt, key));
  }

  #expired(head: Head): boolean {
    return head.expiresAt !== 0 && head.expiresAt <= this.#now();
  }

  #read(key: string): Head | null {
    const bytes = this.#env.heads.getBinary(keyBytes(key));
    return bytes === undefined ? null : decodeHead(bytes);
  }
}

const NOTHING = Buffer.alloc(0);
export const EXPIRY_BYTES = 8;

function expiryKey(expiresAt: number, key: string): Buffer {
  const bytes = keyBytes(key, EXPIRY_BYTES);
  bytes.writeBigUInt64BE(BigInt(expiresAt), 0);
  return bytes;
}
