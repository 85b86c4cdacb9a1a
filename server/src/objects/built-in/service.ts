import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Clock } from "@parley/protocol";
import type { Log } from "../../log.ts";
import { DiskSpace, type FreeBytes } from "./disk-space.ts";
import { FairFlow, FREE_LANE } from "./fair-flow.ts";
import { type FolderShare, ObjectFolder } from "./folder.ts";
import { SILENCE_MS } from "./minimum-rate.ts";
import { answer, type Exchange, Operations } from "./operations.ts";
import { targetOf } from "./request-target.ts";
import { S3Refusal } from "./s3-refusal.ts";
import { type KeyPair, verify } from "./signature.ts";
import { Transfers } from "./transfers.ts";
import { Uploads } from "./uploads.ts";
import { USER_QUERY } from "./user-tag.ts";
import { xmlOf } from "./xml.ts";

export interface ServiceOptions {
  /** For everything that it keeps. */
  readonly root: string;
  /** Null or missing: no other process serves the folder. */
  readonly share?: FolderShare | null;
  readonly bucket: string;
  readonly keys: KeyPair;
  /** Of the disk, which no file takes. */
  readonly reserveBytes: number;
  /** In place of a look at the disk. */
  readonly freeBytes?: FreeBytes;
  /** Bytes a second of all transfers, and of each person's; 0: as many as there are. */
  readonly rate: number;
  readonly userRate: number;
  readonly clock: Clock;
  readonly log: Log;
}

/** Where a request came from, as the gateway believes it. */
export interface Whence {
  /** Host as the client wrote it. */
  readonly host: string;
  /** Where limits are counted; null: this process itself. */
  readonly address: string | null;
}

/** Paths of the service; S3's own begin after it. */
export const OBJECTS_PATH = "/objects";
/** What a client that was refused still gets to send, so that it reads why. */
const LINGER_MS = 2_000;

/**
 * Nothing in here runs in the origin of the app, whatever a browser takes it for. The URL is the right to read, so
 * pages of any origin that have one may use it.
 */
const HEADERS = {
  "content-security-policy": "sandbox; default-src 'none'",
  "x-content-type-options": "nosniff",
  "cross-origin-resource-policy": "cross-origin",
  "referrer-policy": "no-referrer",
  "access-control-allow-origin": "*",
  "access-control-expose-headers": "ETag, Content-Range, Accept-Ranges, Content-Length, Retry-After",
} as const;
const PREFLIGHT = {
  "access-control-allow-methods": "GET, HEAD, PUT",
  "access-control-allow-headers": "content-type, content-md5, if-none-match, range, if-range",
  "access-control-max-age": "600",
} as const;

/** What else may stand in a query; all else would be an operation that is not here. */
const PLAIN_QUERY =
  /^(X-Amz-[A-Za-z0-9-]+|x-id|x-parley-user|response-content-(type|disposition)|uploadId|uploads|partNumber|part-number-marker|max-parts)$/;

/** Objects in a folder, for whoever has a signature: the part of S3 that Parley needs. */
export class ObjectService {
  readonly #options: ServiceOptions;
  readonly #operations: Operations;
  readonly #space: DiskSpace;
  readonly #flow: FairFlow;
  readonly #transfers = new Transfers();
  /** Not listening: for requests from this process. */
  readonly inProcess: Server;
  /** Whether it can keep a second PUT from replacing a first. */
  readonly putOnce: boolean;

  private constructor(options: ServiceOptions, folder: ObjectFolder) {
    this.#options = options;
    this.putOnce = folder.links;
    this.#flow = new FairFlow(options);
    this.#space = new DiskSpace({ ...options, folder: options.root });
    this.#operations = new Operations({
      bucket: options.bucket,
      folder,
      uploads: new Uploads(folder),
      space: this.#space,
      clock: options.clock,
    });
    this.inProcess = createServer((request, response) => {
      void this.serve(request, response, { host: request.headers.host ?? "", address: null });
    });
  }

  static async open(options: ServiceOptions): Promise<ObjectService> {
    return new ObjectService(options, await ObjectFolder.open(options.root, options.share));
  }

  /** Would a body of so many bytes be taken now? */
  hasRoom(bytes: number): Promise<boolean> {
    return this.#space.mayHave(bytes);
  }

  /** Of paths below `OBJECTS_PATH`. Never rejects. */
  async serve(request: IncomingMessage, response: ServerResponse, whence: Whence): Promise<void> {
    request.on("error", () => {});
    response.on("error", () => {});
    request.setTimeout(SILENCE_MS, () => request.destroy());
    for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
    const leave = whence.address === null ? () => {} : this.#transfers.enter(whence.address);
    try {
      if (leave === null) throw tooMany();
      await this.#serve(request, response, whence);
    } catch (error) {
      this.#refuse(request, response, error);
    } finally {
      leave?.();
    }
  }

  async #serve(request: IncomingMessage, response: ServerResponse, { host, address }: Whence): Promise<void> {
    const { method = "" } = request;
    if (method === "OPTIONS") return answer(response, 204, PREFLIGHT);
    const { bucket, keys, clock } = this.#options;
    const target = targetOf(request.url ?? "", OBJECTS_PATH);
    const verified = verify({ method, target, headers: request.headers, host }, keys, clock.now());
    if (target.bucket !== bucket) throw new S3Refusal("NoSuchBucket", "There is no such bucket.");
    for (const name of target.query.keys()) {
      if (!PLAIN_QUERY.test(name)) throw new S3Refusal("NotImplemented", `"${name}" is not implemented.`);
    }
    if (target.key === null) {
      if (method !== "HEAD") throw new S3Refusal("NotImplemented", "Buckets are not listed or changed.");
      return answer(response, 200);
    }
    const exchange = { request, response, target, key: target.key, verified };
    if (address === null) return this.#operate(method, { ...exchange, lane: FREE_LANE });
    await this.#operateFor(target.query.get(USER_QUERY) ?? null, address, exchange);
  }

  /** Of somebody's many transfers each gets a part of their share. Who has a key of the service is counted by address alone. */
  async #operateFor(user: string | null, address: string, exchange: Omit<Exchange, "lane">): Promise<void> {
    const leave = user === null ? () => {} : this.#transfers.enterAs(user);
    if (leave === null) throw tooMany();
    const lane = this.#flow.join(user ?? `address ${address}`);
    try {
      await this.#operate(exchange.request.method ?? "", { ...exchange, lane });
    } finally {
      lane.leave();
      leave();
    }
  }

  #operate(method: string, exchange: Exchange): Promise<void> {
    const { query } = exchange.target;
    const ofUpload = query.has("uploadId");
    switch (method) {
      case "PUT":
        if (exchange.request.headers["x-amz-copy-source"] !== undefined) return this.#operations.copy(exchange);
        return ofUpload ? this.#operations.putPart(exchange) : this.#operations.put(exchange);
      case "GET":
        return ofUpload ? this.#operations.listParts(exchange) : this.#operations.get(exchange);
      case "HEAD":
        return this.#operations.get(exchange);
      case "DELETE":
        return ofUpload ? this.#operations.abortUpload(exchange) : this.#operations.delete(exchange);
      case "POST":
        if (query.has("uploads")) return this.#operations.beginUpload(exchange);
        if (ofUpload) return this.#operations.joinUpload(exchange);
        throw new S3Refusal("NotImplemented", "Forms are not taken.");
      default:
        throw new S3Refusal("MethodNotAllowed", "There is no such method.");
    }
  }

  #refuse(request: IncomingMessage, response: ServerResponse, error: unknown): void {
    const refusal = this.#refusalOf(error, request);
    if (response.headersSent || response.destroyed) {
      // Half of an object must not look like the whole.
      response.destroy();
      return;
    }
    const body = Buffer.from(
      xmlOf([
        "Error",
        [
          ["Code", refusal.code],
          ["Message", refusal.message],
        ],
      ]),
    );
    const unread = !request.complete;
    response.writeHead(refusal.status, {
      ...refusal.headers,
      "content-type": "application/xml",
      "content-length": body.length,
    });
    response.end(request.method === "HEAD" ? undefined : body);
    if (!unread) return;
    // A socket that ends while there is something to read takes the answer with it.
    request.resume();
    const timer = setTimeout(() => request.destroy(), LINGER_MS);
    request.once("close", () => clearTimeout(timer));
  }

  #refusalOf(error: unknown, request: IncomingMessage): S3Refusal {
    if (error instanceof S3Refusal) return error;
    const { code } = error as NodeJS.ErrnoException;
    // Who went away in the middle of a transfer is no fault of ours.
    const left = request.destroyed || code === "ERR_STREAM_PREMATURE_CLOSE" || code === "ERR_STREAM_DESTROYED";
    if (!left) this.#options.log.error("object request failed", { error });
    return code === "ENOSPC" || code === "EDQUOT"
      ? new S3Refusal("InsufficientStorage", "The disk is full.")
      : new S3Refusal("InternalError", "It failed.");
  }
}

function tooMany(): S3Refusal {
  return new S3Refusal("SlowDown", "Too many transfers at once.", { "retry-after": "1" });
}
