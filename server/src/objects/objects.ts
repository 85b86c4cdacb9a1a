/**
 * The object store as Parley sees it: S3, or the built-in service that speaks the needed part of it. Bytes of files pass
 * between clients and the store alone; what is here signs, looks and tidies up. Keys are ours (objects/object-keys.ts).
 * Every call but the signing ones throws `ObjectsUnavailable` when the store does not answer.
 */
export interface Objects {
  /** Where the store is, without secrets, for the operator. */
  readonly description: string;
  /** What was found out about the store at its opening. */
  readonly abilities: ObjectAbilities;
  /** The built-in service: it goes by this server's clock, and who is putting an object that is shut or deleted is stopped. */
  readonly isHere: boolean;

  /** False: there is no room for so much, as far as anybody knows. */
  hasRoom(bytes: number): Promise<boolean>;
  /** A PUT of the whole object, which the store refuses when length, MD5 or type differ, or when there is one already. */
  signPut(key: string, what: SignedBody & { readonly type: string }, access: Access): Promise<SignedRequest>;
  /** A PUT of one part, which the store refuses when length or MD5 differ. */
  signPart(key: string, part: PartPlace & SignedBody, access: Access): Promise<SignedRequest>;
  /** A GET, with or without Range. The answer never runs in a browser: its type, disposition and sandbox are signed in. */
  signGet(key: string, shown: ShownAs, access: Access): Promise<string>;

  startParts(key: string, type: string): Promise<string>;
  /** Those that have arrived, ascending. */
  listParts(key: string, uploadId: string): Promise<StoredPart[]>;
  /** Makes one object of them. False when the upload is not there any more: it was completed or given up. */
  joinParts(key: string, uploadId: string, parts: readonly StoredPart[]): Promise<boolean>;
  dropParts(key: string, uploadId: string): Promise<void>;

  /** Null when there is none. */
  look(key: string): Promise<StoredObject | null>;
  /** At most `length` bytes from the beginning, to tell the type by. */
  readStart(key: string, length: number): Promise<Uint8Array>;
  /** At the store itself. */
  copy(from: string, to: string): Promise<void>;
  /** Nothing is put there any more by URLs of a store that takes an object once, until it is deleted. There is none then, for `look`. */
  shut(key: string): Promise<void>;
  /** Harmless when there is none. */
  delete(key: string): Promise<void>;
  close(): Promise<void>;
}

export interface ObjectAbilities {
  /** The store refuses a second PUT to a key that exists (`If-None-Match: *`), so what was checked stays. */
  readonly putOnce: boolean;
  /** Its ETag of a whole object is the MD5 of the bytes, and that of a part is the part's. Null: nobody has looked yet. */
  readonly md5: boolean | null;
}

/** For whom a URL is made. */
export interface Access {
  /** Host and port by which the client reaches this server: the built-in service is there, too. */
  readonly host: string;
  readonly ttlSeconds: number;
  /** Who asks: the built-in service is fair between people. Others are not told. */
  readonly userId?: string;
}

export interface SignedBody {
  readonly size: number;
  /** Lower-case hex. */
  readonly md5: string;
}

export interface PartPlace {
  readonly uploadId: string;
  /** From 1. */
  readonly number: number;
}

/** Without host where it is of this server: the client puts its own before it. */
export interface SignedRequest {
  readonly url: string;
  /** To be sent exactly so; their values are signed. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface ShownAs {
  readonly name: string;
  readonly type: string;
  /** Saved under its name rather than played or shown in place. */
  readonly download: boolean;
}

export interface StoredPart {
  readonly number: number;
  readonly size: number;
  readonly etag: string;
}

export interface StoredObject {
  readonly size: number;
  /** MD5 in lower-case hex where the store tells it; of an object made of parts, what the store says of their MD5s. */
  readonly etag: string;
}

/** The store did not answer, or refused what it should not refuse. */
export class ObjectsUnavailable extends Error {
  override readonly name = "ObjectsUnavailable";
}
