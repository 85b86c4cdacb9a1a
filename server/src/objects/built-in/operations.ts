import { rm } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Clock } from "@parley/protocol";
import { isObjectKey } from "../object-keys.ts";
import { mayBeInline } from "../shown-as.ts";
import { isShut } from "../shut-object.ts";
import { rangeOf } from "./byte-range.ts";
import type { DiskSpace } from "./disk-space.ts";
import type { Lane } from "./fair-flow.ts";
import type { ObjectFolder } from "./folder.ts";
import { Incoming } from "./incoming.ts";
import { Outgoing } from "./outgoing.ts";
import { expectedBody, receive, receiveText } from "./receive.ts";
import { decoded, type Target } from "./request-target.ts";
import { S3Refusal } from "./s3-refusal.ts";
import { type Description, openIfThere, readDescription, seal, writeFully } from "./sealed-file.ts";
import { bytesOf, send } from "./send.ts";
import type { Verified } from "./signature.ts";
import { noSuchUpload, PART_NUMBER_MAX, type UploadPlace, type Uploads } from "./uploads.ts";
import { readPartList, xmlOf } from "./xml.ts";

/** One request, whose signature is right, with the key it is about. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly target: Target;
  readonly key: string;
  readonly verified: Verified;
  readonly lane: Lane;
}

/** Bytes of a list of 10,000 parts. */
const PART_LIST_MAX_BYTES = 2 * 1024 ** 2;
/** As in S3. */
const PARTS_PAGE = 1_000;
/** Bodies that are received for one place at once: only one of them can become the object, and each takes its room meanwhile. */
const RIVALS_MAX = 8;
/** RFC 9110 section 5.5, and bytes beyond ASCII, which Node takes. */
const NOT_IN_HEADERS = /[^\t\x20-\x7e\x80-\xff]/;
const ANY_BYTES = "application/octet-stream";

export interface OperationsParts {
  readonly bucket: string;
  readonly folder: ObjectFolder;
  readonly uploads: Uploads;
  readonly space: DiskSpace;
  readonly clock: Clock;
}

interface Rival {
  readonly request: IncomingMessage;
  readonly body: Incoming;
}

/** What the service does for S3's requests. Each answers, or throws `S3Refusal` before it has begun to. */
export class Operations {
  readonly #bucket: string;
  readonly #folder: ObjectFolder;
  readonly #uploads: Uploads;
  readonly #space: DiskSpace;
  readonly #clock: Clock;
  /** Bodies under way, by what they are for. */
  readonly #rivals = new Map<string, Set<Rival>>();

  constructor({ bucket, folder, uploads, space, clock }: OperationsParts) {
    this.#bucket = bucket;
    this.#folder = folder;
    this.#uploads = uploads;
    this.#space = space;
    this.#clock = clock;
  }

  async put(exchange: Exchange): Promise<void> {
    const { request, response, key } = exchange;
    const once = onlyOnce(request);
    if (once && !this.#folder.links) throw new S3Refusal("NotImplemented", "The folder's file system knows no links.");
    const type = request.headers["content-type"] ?? ANY_BYTES;
    const etag = await this.#takeAmong(key, exchange, async (body) => {
      if (once && (await this.#folder.describe(key)) !== null) throw exists();
      const taken = await this.#take(body, exchange, type);
      if (!(await this.#folder.publish(taken.path, key, once))) throw exists();
      // Whoever deleted it at this very moment did not see it yet.
      if (body.failure !== null) await this.#folder.delete(key);
      return taken.etag;
    });
    this.#stop((place, rival) => place === key && onlyOnce(rival.request), exists());
    answer(response, 200, { etag: `"${etag}"` });
  }

  async putPart(exchange: Exchange): Promise<void> {
    const { response, target, key } = exchange;
    const place = placeOf(target, key);
    const number = Number(target.query.get("partNumber"));
    if (!(Number.isInteger(number) && number >= 1 && number <= PART_NUMBER_MAX)) {
      throw new S3Refusal("InvalidArgument", `Parts are numbered from 1 to ${PART_NUMBER_MAX}.`);
    }
    const { path, etag } = await this.#takeAmong(`${place.uploadId} ${number}`, exchange, async (body) => {
      await this.#uploads.find(place);
      return this.#take(body, exchange, ANY_BYTES);
    });
    try {
      await this.#uploads.add(place, number, path);
    } catch (error) {
      await rm(path, { force: true });
      throw error;
    }
    answer(response, 200, { etag: `"${etag}"` });
  }

  async get({ request, response, target, key, lane }: Exchange): Promise<void> {
    const path = this.#folder.pathOf(key);
    const file = await openIfThere(path);
    if (file === null) throw noSuchKey();
    try {
      const object = await readDescription(file, path);
      if (isShut(object.size, object.type)) throw noSuchKey();
      const etag = `"${object.etag}"`;
      const { range: wanted, "if-range": ifRange, "if-match": ifMatch } = request.headers;
      if (ifMatch !== undefined && ifMatch !== etag && ifMatch !== "*") {
        throw new S3Refusal("PreconditionFailed", "It is another object by now.");
      }
      const range = ifRange === undefined || ifRange === etag ? rangeOf(wanted, object.size) : null;
      const { from, to } = range ?? { from: 0, to: object.size };
      response.writeHead(range === null ? 200 : 206, {
        ...described(object, target),
        "content-length": to - from,
        ...(range === null ? {} : { "content-range": `bytes ${from}-${to - 1}/${object.size}` }),
      });
      if (request.method === "HEAD") response.end();
      else {
        const out = new Outgoing(request, response, lane, this.#clock);
        await send(this.#folder, file, object, range, out).finally(() => out.end());
        response.end();
      }
    } finally {
      await file.close();
    }
  }

  async copy({ request, response, key }: Exchange): Promise<void> {
    const source = decoded(String(request.headers["x-amz-copy-source"])).replace(/^\//, "");
    const from = source.startsWith(`${this.#bucket}/`) ? source.slice(this.#bucket.length + 1) : "";
    if (!isObjectKey(from)) throw new S3Refusal("InvalidArgument", "There is no such source.");
    const object = await this.#folder.describe(from);
    if (object === null) throw noSuchKey();
    if (object.joined === undefined) await this.#folder.alias(from, key);
    else await this.#copyJoined(object, key);
    answerXml(
      response,
      xmlOf([
        "CopyObjectResult",
        [
          ["LastModified", new Date(object.modifiedAt).toISOString()],
          ["ETag", `"${object.etag}"`],
        ],
      ]),
    );
  }

  async delete({ response, key }: Exchange): Promise<void> {
    await this.#folder.delete(key);
    this.#stop((place) => place === key, new S3Refusal("NoSuchKey", "It was deleted meanwhile."));
    answer(response, 204);
  }

  async beginUpload({ request, response, key }: Exchange): Promise<void> {
    const type = request.headers["content-type"] ?? ANY_BYTES;
    const uploadId = await this.#uploads.begin(key, type, this.#clock.now());
    answerXml(
      response,
      xmlOf([
        "InitiateMultipartUploadResult",
        [
          ["Bucket", this.#bucket],
          ["Key", key],
          ["UploadId", uploadId],
        ],
      ]),
    );
  }

  async listParts({ response, target, key }: Exchange): Promise<void> {
    const place = placeOf(target, key);
    const marker = Number(target.query.get("part-number-marker") ?? 0);
    const all = (await this.#uploads.list(place)).filter(({ number }) => number > marker);
    const parts = all.slice(0, PARTS_PAGE);
    const last = parts.at(-1)?.number ?? 0;
    answerXml(
      response,
      xmlOf([
        "ListPartsResult",
        [
          ["Bucket", this.#bucket],
          ["Key", key],
          ["UploadId", place.uploadId],
          ["NextPartNumberMarker", last],
          ["MaxParts", PARTS_PAGE],
          ["IsTruncated", all.length > parts.length],
          ...parts.map(
            ({ number, etag, size, modifiedAt }) =>
              [
                "Part",
                [
                  ["PartNumber", number],
                  ["LastModified", new Date(modifiedAt).toISOString()],
                  ["ETag", `"${etag}"`],
                  ["Size", size],
                ],
              ] as const,
          ),
        ],
      ]),
    );
  }

  async joinUpload({ request, response, target, key, verified }: Exchange): Promise<void> {
    const wanted = readPartList(await receiveText(request, PART_LIST_MAX_BYTES, verified.bodySha256));
    const once = onlyOnce(request);
    const etag = await this.#uploads.join({ ...placeOf(target, key), wanted, once, now: this.#clock.now() });
    answerXml(
      response,
      xmlOf([
        "CompleteMultipartUploadResult",
        [
          ["Bucket", this.#bucket],
          ["Key", key],
          ["ETag", `"${etag}"`],
        ],
      ]),
    );
  }

  async abortUpload({ response, target, key }: Exchange): Promise<void> {
    const place = placeOf(target, key);
    await this.#uploads.abort(place);
    this.#stop((other) => other.startsWith(`${place.uploadId} `), noSuchUpload());
    answer(response, 204);
  }

  /** The parts belong to one object alone: another one has bytes of its own. */
  async #copyJoined(object: Description, key: string): Promise<void> {
    const { joined: _parts, ...rest } = object;
    const room = await this.#space.promise(object.size);
    const { file, path } = await this.#folder.create();
    try {
      let at = 0;
      for await (const bytes of bytesOf(this.#folder, object)) {
        await writeFully(file, bytes, at);
        at += bytes.length;
        room.wrote(bytes.length);
      }
      await seal(file, object.size, { ...rest, key });
      await file.close();
    } catch (error) {
      await file.close();
      await rm(path, { force: true });
      throw error;
    } finally {
      room.end();
    }
    await this.#folder.publish(path, key, false);
  }

  async #takeAmong<T>(place: string, { request }: Exchange, take: (body: Incoming) => Promise<T>): Promise<T> {
    const rivals = this.#rivals.get(place) ?? new Set();
    if (rivals.size >= RIVALS_MAX)
      throw new S3Refusal("SlowDown", "Too many send this at once.", { "retry-after": "1" });
    const rival = { request, body: new Incoming(request, this.#clock) };
    this.#rivals.set(place, rivals.add(rival));
    try {
      return await take(rival.body);
    } finally {
      rival.body.release();
      rivals.delete(rival);
      if (rivals.size === 0) this.#rivals.delete(place);
    }
  }

  /** Those whose bodies are of no use any more: each takes its room until it ends. */
  #stop(which: (place: string, rival: Rival) => boolean, why: S3Refusal): void {
    for (const [place, rivals] of this.#rivals) {
      for (const rival of rivals) if (which(place, rival)) rival.body.stop(why);
    }
  }

  /** Receives a body into a sealed file without a name. */
  async #take(body: Incoming, { request, verified, key, lane }: Exchange, type: string) {
    const expected = expectedBody(request, verified.bodySha256);
    const room = await this.#space.promise(expected.size);
    const { file, path } = await this.#folder.create().catch((error) => {
      room.end();
      throw error;
    });
    try {
      const etag = await receive({ body, file, expected, lane, wrote: (bytes) => room.wrote(bytes) });
      await seal(file, expected.size, { key, type, etag, size: expected.size, modifiedAt: this.#clock.now() });
      await file.close();
      return { path, etag };
    } catch (error) {
      await file.close();
      await rm(path, { force: true });
      throw error;
    } finally {
      room.end();
    }
  }
}

function described(object: Description, { query }: Target): Record<string, string> {
  const type = query.get("response-content-type") ?? object.type;
  const asked = query.get("response-content-disposition") ?? "attachment";
  if (NOT_IN_HEADERS.test(type + asked)) throw new S3Refusal("InvalidArgument", "No header can say this.");
  return {
    etag: `"${object.etag}"`,
    "content-type": type,
    "content-disposition": mayBeInline(type) ? asked : asked.replace(/^\s*inline\b/i, "attachment"),
    "accept-ranges": "bytes",
    "last-modified": new Date(object.modifiedAt).toUTCString(),
    // Another life of the same URL shows the same bytes; none outlives the URL.
    "cache-control": "private, max-age=300",
  };
}

function placeOf({ query }: Target, key: string): UploadPlace {
  return { key, uploadId: query.get("uploadId") ?? "" };
}

function onlyOnce({ headers }: IncomingMessage): boolean {
  const condition = headers["if-none-match"];
  if (condition !== undefined && condition !== "*") {
    throw new S3Refusal("NotImplemented", "The only condition is that there is none.");
  }
  return condition === "*";
}

export function answer(response: ServerResponse, status: number, headers: Record<string, string> = {}): void {
  response.writeHead(status, status === 204 ? headers : { ...headers, "content-length": "0" });
  response.end();
}

function answerXml(response: ServerResponse, xml: string): void {
  const body = Buffer.from(xml);
  response.writeHead(200, { "content-type": "application/xml", "content-length": body.length });
  response.end(body);
}

function noSuchKey(): S3Refusal {
  return new S3Refusal("NoSuchKey", "There is no such object.");
}

function exists(): S3Refusal {
  return new S3Refusal("PreconditionFailed", "There is such an object already.");
}
