import type { Agent } from "node:http";
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListPartsCommand,
  type ListPartsCommandOutput,
  PutObjectCommand,
  type S3Client,
  S3ServiceException,
} from "@aws-sdk/client-s3";
import type { Clock } from "@parley/protocol";
import { USER_QUERY, userTag } from "./built-in/user-tag.ts";
import {
  type Access,
  type ObjectAbilities,
  type Objects,
  ObjectsUnavailable,
  type PartPlace,
  type ShownAs,
  type SignedBody,
  type SignedRequest,
  type StoredObject,
  type StoredPart,
} from "./objects.ts";
import { createS3Client, type S3Account } from "./s3-client.ts";
import { presentationOf } from "./shown-as.ts";
import { isShut, SHUT_TYPE } from "./shut-object.ts";
import { type PublicPlace, UrlSigner } from "./url-signer.ts";

export interface S3Options extends S3Account {
  readonly place: PublicPlace;
  readonly clock: Pick<Clock, "now">;
  readonly bucket: string;
  readonly description: string;
  readonly abilities: ObjectAbilities;
  /** In place of the network. */
  readonly agent?: Agent;
}

const CONNECT_MS = 3_000;
/** Below the limit of a request to Parley, with its retries. */
const CALL_MS = 20_000;
/** Tries of one call: a store that refuses three times is away. */
const ATTEMPTS_MAX = 3;
/** Calls under way at once; the SDK lets further ones wait. */
const LINKS_MAX = 50;

/** Any store that speaks S3. */
export class S3Objects implements Objects {
  readonly description: string;
  abilities: ObjectAbilities;
  readonly client: S3Client;
  readonly bucket: string;
  readonly #signer: UrlSigner;
  /** For URLs that this node itself uses. */
  readonly #ownSigner: UrlSigner;
  readonly #secretKey: string;
  readonly #agent: Agent | undefined;
  readonly isHere: boolean;

  constructor(options: S3Options) {
    this.description = options.description;
    this.abilities = options.abilities;
    this.bucket = options.bucket;
    this.#secretKey = options.secretKey;
    this.#agent = options.agent;
    this.isHere = options.place.here;
    const agents =
      options.agent === undefined
        ? { httpAgent: { maxSockets: LINKS_MAX }, httpsAgent: { maxSockets: LINKS_MAX } }
        : { httpAgent: options.agent };
    this.client = createS3Client(options, {
      maxAttempts: ATTEMPTS_MAX,
      requestHandler: { ...agents, connectionTimeout: CONNECT_MS, requestTimeout: CALL_MS },
    });
    this.#signer = new UrlSigner(this.client.config, options.place, options.clock);
    const own = { here: false, endpoint: new URL(options.endpoint) } as const;
    this.#ownSigner = new UrlSigner(this.client.config, own, options.clock);
  }

  /** Stores elsewhere do not tell. */
  async hasRoom(): Promise<boolean> {
    return true;
  }

  signPut(key: string, what: SignedBody & { readonly type: string }, access: Access): Promise<SignedRequest> {
    const once = this.abilities.putOnce ? { "if-none-match": "*" } : {};
    return this.#sign("PUT", key, {}, { ...bodyHeaders(what), "content-type": what.type, ...once }, access);
  }

  signPart(key: string, part: PartPlace & SignedBody, access: Access): Promise<SignedRequest> {
    const query = { partNumber: String(part.number), uploadId: part.uploadId };
    return this.#sign("PUT", key, query, bodyHeaders(part), access);
  }

  async signGet(key: string, shown: ShownAs, access: Access): Promise<string> {
    const { type, disposition } = presentationOf(shown);
    const query = { "response-content-disposition": disposition, "response-content-type": type };
    return (await this.#sign("GET", key, query, {}, access)).url;
  }

  /** A GET by this node, which may reach the store in another way than clients do. */
  async signOwnGet(key: string, ttlSeconds: number): Promise<string> {
    const what = { method: "GET", bucket: this.bucket, key, query: {}, headers: {} } as const;
    return (await this.#ownSigner.sign(what, { host: "", ttlSeconds })).url;
  }

  async startParts(key: string, type: string): Promise<string> {
    const command = new CreateMultipartUploadCommand({ ...this.#at(key), ContentType: type });
    const { UploadId } = await this.#ask((options) => this.client.send(command, options));
    if (UploadId === undefined) throw new ObjectsUnavailable("The store began an upload without an id.");
    return UploadId;
  }

  async listParts(key: string, uploadId: string): Promise<StoredPart[]> {
    const parts: StoredPart[] = [];
    let marker: string | undefined;
    do {
      const page = await this.#partsAfter(key, uploadId, marker);
      if (page === null) return [];
      for (const { PartNumber, Size, ETag } of page.Parts ?? []) {
        if (PartNumber === undefined || Size === undefined || ETag === undefined) continue;
        parts.push({ number: PartNumber, size: Size, etag: bare(ETag) });
      }
      const next = page.IsTruncated === true ? page.NextPartNumberMarker : undefined;
      marker = next === marker ? undefined : next;
    } while (marker !== undefined);
    return parts.sort((a, b) => a.number - b.number);
  }

  async joinParts(key: string, uploadId: string, parts: readonly StoredPart[]): Promise<boolean> {
    const command = new CompleteMultipartUploadCommand({
      ...this.#at(key),
      UploadId: uploadId,
      MultipartUpload: { Parts: parts.map(({ number, etag }) => ({ PartNumber: number, ETag: `"${etag}"` })) },
    });
    const send = async (options: { abortSignal: AbortSignal }) => {
      try {
        return await this.client.send(command, options).catch(nullIf("NoSuchUpload"));
      } catch (error) {
        // Ceph says of an upload that is gone that it is just being joined.
        if ((error as Error).name !== "InternalError" || (await this.#partsAfter(key, uploadId, undefined)) !== null) {
          throw error;
        }
        return null;
      }
    };
    return (await this.#ask(send)) !== null;
  }

  async dropParts(key: string, uploadId: string): Promise<void> {
    const command = new AbortMultipartUploadCommand({ ...this.#at(key), UploadId: uploadId });
    await this.#ask((options) => this.client.send(command, options).catch(nullIf("NoSuchUpload")));
  }

  async look(key: string): Promise<StoredObject | null> {
    const command = new HeadObjectCommand(this.#at(key));
    const head = await this.#ask((options) =>
      this.client.send(command, options).catch(nullIf("NotFound", "NoSuchKey")),
    );
    if (head === null || isShut(head.ContentLength ?? 0, head.ContentType)) return null;
    return { size: head.ContentLength ?? 0, etag: bare(head.ETag ?? "") };
  }

  async readStart(key: string, length: number): Promise<Uint8Array> {
    const command = new GetObjectCommand({ ...this.#at(key), Range: `bytes=0-${length - 1}` });
    return this.#ask(async (options) => {
      const object = await this.client.send(command, options).catch(nullIf("InvalidRange"));
      return (await object?.Body?.transformToByteArray()) ?? new Uint8Array();
    });
  }

  async copy(from: string, to: string): Promise<void> {
    const command = new CopyObjectCommand({ ...this.#at(to), CopySource: `${this.bucket}/${from}` });
    await this.#ask((options) => this.client.send(command, options));
  }

  async shut(key: string): Promise<void> {
    const command = new PutObjectCommand({ ...this.#at(key), Body: new Uint8Array(), ContentType: SHUT_TYPE });
    await this.#ask((options) => this.client.send(command, options));
  }

  async delete(key: string): Promise<void> {
    const command = new DeleteObjectCommand(this.#at(key));
    await this.#ask((options) => this.client.send(command, options).catch(nullIf("NotFound", "NoSuchKey")));
  }

  async close(): Promise<void> {
    this.client.destroy();
    this.#agent?.destroy();
  }

  #at(key: string): { Bucket: string; Key: string } {
    return { Bucket: this.bucket, Key: key };
  }

  #partsAfter(key: string, uploadId: string, marker: string | undefined): Promise<ListPartsCommandOutput | null> {
    const after = marker === undefined ? {} : { PartNumberMarker: marker };
    const command = new ListPartsCommand({ ...this.#at(key), UploadId: uploadId, ...after });
    // Ceph says of an upload that is gone that there is no such key.
    return this.#ask((options) => this.client.send(command, options).catch(nullIf("NoSuchUpload", "NoSuchKey")));
  }

  async #sign(
    method: "GET" | "PUT",
    key: string,
    query: Record<string, string>,
    headers: Record<string, string>,
    access: Access,
  ): Promise<SignedRequest> {
    if (this.isHere && access.host === "")
      throw new ObjectsUnavailable("Nobody knows by which host the client reaches the store.");
    const { userId } = access;
    const asked =
      this.isHere && userId !== undefined ? { ...query, [USER_QUERY]: userTag(userId, this.#secretKey) } : query;
    return this.#signer.sign({ method, bucket: this.bucket, key, query: asked, headers }, access);
  }

  async #ask<T>(call: (options: { abortSignal: AbortSignal }) => Promise<T>): Promise<T> {
    try {
      return await call({ abortSignal: AbortSignal.timeout(CALL_MS) });
    } catch (error) {
      throw unavailable(error);
    }
  }
}

export function unavailable(error: unknown): ObjectsUnavailable {
  if (error instanceof ObjectsUnavailable) return error;
  const { name, message } = error as Error;
  return new ObjectsUnavailable(`${name}: ${message}`, { cause: error });
}

function bodyHeaders({ size, md5 }: SignedBody): Record<string, string> {
  return { "content-length": String(size), "content-md5": Buffer.from(md5, "hex").toString("base64") };
}

/** For what is no failure: the store says that something is not there. */
function nullIf(...names: readonly string[]): (error: unknown) => null {
  return (error) => {
    if (error instanceof S3ServiceException && names.includes(error.name)) return null;
    throw error;
  };
}

function bare(etag: string): string {
  return etag.replace(/^"|"$/g, "");
}
