import { rm } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Clock } from "@parley/protocol";
import { isObjectKey } from "../object-keys.ts";
import { mayBeInline } from "../shown-as.ts";
import { rangeOf } from "./byte-range.ts";
import type { ObjectFolder } from "./folder.ts";
import { expectedBody, receive, receiveText } from "./receive.ts";
import type { Target } from "./request-target.ts";
import { S3Refusal } from "./s3-refusal.ts";
import { type Description, openIfThere, readDescription, seal, writeFully } from "./sealed-file.ts";
import { bytesOf, send } from "./send.ts";
import type { Verified } from "./signature.ts";
import { PART_NUMBER_MAX, type UploadPlace, type Uploads } from "./uploads.ts";
import { readPartList, xmlOf } from "./xml.ts";

/** One request, whose signature is right, with the key it is about. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly target: Target;
  readonly key: string;
  readonly verified: Verified;
}

/** Bytes of a list of 10,000 parts. */
const PART_LIST_MAX_BYTES = 2 * 1024 ** 2;
/** As in S3. */
const PARTS_PAGE = 1_000;
/** Bodies that are received for one place at once: only one of them can become the object, and each takes its room meanwhile. */
const RIVALS_MAX = 8;
const ANY_BYTES = "application/octet-stream";

/** What the service does for S3's requests. Each answers, or throws `S3Refusal` before it has begun to. */
export class Operations {
  readonly #bucket: string;
  readonly #folder: ObjectFolder;
  readonly #uploads: Uploads;
  readonly #clock: Clock;
  /** Bodies under way, by what they are for. */
  readonly #rivals = new Map<string, number>();

  constructor(bucket: string, folder: ObjectFolder, uploads: Uploads, clock: Clock) {
    this.#bucket = bucket;
    this.#folder = folder;
    this.#uploads = uploads;
    this.#clock = clock;
  }

  async put({ request, response, key, verified }: Exchange): Promise<void> {
    const once = onlyOnce(request);
    if (once && !this.#folder.links) throw new S3Refusal("NotImplemented", "The folder's file system knows no links.");
    if (once && (await this.#folder.describe(key)) !== null) throw exists();
    const type = request.headers["content-type"] ?? ANY_BYTES;
    const { path, etag } = await this.#takeAmong(key, () => this.#take(request, verified, key, type));
    if (!(await this.#folder.publish(path, key, once))) throw exists();
    answer(response, 200, { etag: `"${etag}"` });
  }

  async putPart({ request, response, target, key, verified }: Exchange): Promise<void> {
    const place = placeOf(target, key);
    const number = Number(target.query.get("partNumber"));
    if (!(Number.isInteger(number) && number >= 1 && number <= PART_NUMBER_MAX)) {
      throw new S3Refusal("InvalidArgument", `Parts are numbered from 1 to ${PART_NUMBER_MAX}.`);
    }
    await this.#uploads.find(place);
    const { path, etag } = await this.#takeAmong(`${place.uploadId} ${number}`, () =>
      this.#take(request, verified, key, ANY_BYTES),
    );
    try {
      await this.#uploads.add(place, number, path);
    } catch (error) {
      await rm(path, { force: true });
      throw error;
    }
    answer(response, 200, { etag: `"${etag}"` });
  }

  async get({ request, response, target, key }: Exchange): Promise<void> {
    const path = this.#folder.pathOf(key);
    const file = await openIfThere(path);
    if (file === null) throw noSuchKey();
    try {
      const object = await readDescription(file, path);
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
        await send(this.#folder, file, object, range, response);
        response.end();
      }
    } finally {
      await file.close();
    }
  }

  async copy({ request, response, key }: Exchange): Promise<void> {
    const source = decodeURIComponent(String(request.headers["x-amz-copy-source"])).replace(/^\//, "");
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
    await this.#uploads.abort(placeOf(target, key));
    answer(response, 204);
  }

  /** The parts belong to one object alone: another one has bytes of its own. */
  async #copyJoined(object: Description, key: string): Promise<void> {
    const { joined: _parts, ...rest } = object;
    const { file, path } = await this.#folder.create();
    try {
      let at = 0;
      for await (const bytes of bytesOf(this.#folder, object)) {
        await writeFully(file, bytes, at);
        at += bytes.length;
      }
      await seal(file, object.size, { ...rest, key });
      await file.close();
    } catch (error) {
      await file.close();
      await rm(path, { force: true });
      throw error;
    }
    await this.#folder.publish(path, key, false);
  }

  async #takeAmong<T>(place: string, take: () => Promise<T>): Promise<T> {
    const rivals = this.#rivals.get(place) ?? 0;
    if (rivals >= RIVALS_MAX) throw new S3Refusal("SlowDown", "Too many send this at once.", { "retry-after": "1" });
    this.#rivals.set(place, rivals + 1);
    try {
      return await take();
    } finally {
      const left = (this.#rivals.get(place) ?? 1) - 1;
      if (left > 0) this.#rivals.set(place, left);
      else this.#rivals.delete(place);
    }
  }

  /** Receives a body into a sealed file without a name. */
  async #take(request: IncomingMessage, verified: Verified, key: string, type: string) {
    const expected = expectedBody(request, verified.bodySha256);
    const { file, path } = await this.#folder.create();
    try {
      const etag = await receive(request, file, expected);
      // From here on it is the disk that takes its time.
      request.setTimeout(0);
      await seal(file, expected.size, { key, type, etag, size: expected.size, modifiedAt: this.#clock.now() });
      await file.close();
      return { path, etag };
    } catch (error) {
      await file.close();
      await rm(path, { force: true });
      throw error;
    }
  }
}

function described(object: Description, { query }: Target): Record<string, string> {
  const type = query.get("response-content-type") ?? object.type;
  const asked = query.get("response-content-disposition") ?? "attachment";
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
