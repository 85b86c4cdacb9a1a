import { createHash } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { metrics } from "../../metrics.ts";
import type { Lane } from "./fair-flow.ts";
import type { Incoming } from "./incoming.ts";
import { S3Refusal } from "./s3-refusal.ts";
import { writeFully } from "./sealed-file.ts";
import { YoungBytes } from "./young-bytes.ts";

/** What the body has to be. */
export interface ExpectedBody {
  readonly size: number;
  /** Lower-case hex. */
  readonly md5: string | null;
  readonly sha256: string | null;
}

/** Largest body of one PUT, as in S3. */
const BODY_MAX_BYTES = 5 * 1024 ** 3;
/** Bytes after which the disk begins to make them last, so that little is left to wait for at the end. */
const SYNC_BYTES = 16 * 1024 ** 2;
/** Of all bodies: the heap is one. */
const youngBytes = new YoungBytes();

export function expectedBody(request: IncomingMessage, bodySha256: string | null): ExpectedBody {
  const length = request.headers["content-length"];
  if (length === undefined) throw new S3Refusal("MissingContentLength", "Say how long the body is.");
  const size = Number(length);
  if (size > BODY_MAX_BYTES) throw new S3Refusal("EntityTooLarge", "One PUT is at most 5 GiB.");
  const md5 = request.headers["content-md5"];
  return { size, md5: md5 === undefined ? null : md5Of(String(md5)), sha256: bodySha256 };
}

export interface Receiving {
  readonly body: Incoming;
  readonly file: FileHandle;
  readonly expected: ExpectedBody;
  readonly lane: Lane;
  /** So many further bytes are on the disk. */
  wrote(bytes: number): void;
}

/** Writes the body as it comes, and answers its MD5. Throws `S3Refusal` when it is not what it should be. */
export async function receive({ body, file, expected, lane, wrote }: Receiving): Promise<string> {
  const md5 = createHash("md5");
  const sha256 = expected.sha256 === null ? null : createHash("sha256");
  let size = 0;
  let synced = 0;
  let syncing: Promise<unknown> | null = null;
  /** One write at a time; what comes meanwhile is hashed beside it, and then waits. */
  let writing: Promise<unknown> = Promise.resolve();
  try {
    for (let chunks = await body.take(); chunks.length > 0; chunks = await body.take()) {
      const bytes = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
      metrics.objectBytes.add("up", bytes);
      youngBytes.came(bytes);
      const turn = lane.turn(bytes);
      if (turn !== null) await turn;
      try {
        for (const chunk of chunks) {
          md5.update(chunk);
          sha256?.update(chunk);
        }
        await writing;
      } catch (error) {
        lane.done();
        throw error;
      }
      writing = writeAll(file, chunks, size).finally(() => lane.done());
      writing.then(
        () => wrote(bytes),
        () => {},
      );
      size += bytes;
      if (syncing !== null || size - synced < SYNC_BYTES) continue;
      synced = size;
      const begun = file.datasync();
      syncing = begun;
      begun.then(
        () => (syncing = null),
        () => {},
      );
    }
  } catch (error) {
    // What is being written must not go on into a file that is taken away.
    await writing.catch(() => {});
    throw error;
  }
  await writing;
  // A disk tells of a failure once: the sync at the end would not.
  await syncing;
  if (size !== expected.size) throw new S3Refusal("IncompleteBody", "The body has another length than it says.");
  const found = md5.digest("hex");
  if (expected.md5 !== null && found !== expected.md5) {
    throw new S3Refusal("BadDigest", "The body has another MD5 than it says.");
  }
  if (sha256 !== null && sha256.digest("hex") !== expected.sha256) {
    throw new S3Refusal("XAmzContentSHA256Mismatch", "The body has another SHA-256 than was signed.");
  }
  return found;
}

/** A small document. */
export async function receiveText(request: IncomingMessage, maxBytes: number, sha256: string | null): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new S3Refusal("EntityTooLarge", "The document is too long.");
    chunks.push(chunk);
  }
  const body = Buffer.concat(chunks);
  if (sha256 !== null && createHash("sha256").update(body).digest("hex") !== sha256) {
    throw new S3Refusal("XAmzContentSHA256Mismatch", "The body has another SHA-256 than was signed.");
  }
  return body.toString("utf8");
}

async function writeAll(file: FileHandle, chunks: Buffer[], at: number): Promise<void> {
  if (chunks.length === 0) return;
  const bytes = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  const { bytesWritten } = await file.writev(chunks, at);
  if (bytesWritten < bytes) await writeFully(file, Buffer.concat(chunks).subarray(bytesWritten), at + bytesWritten);
}

function md5Of(base64: string): string {
  const bytes = Buffer.from(base64, "base64");
  if (bytes.length !== 16 || bytes.toString("base64") !== base64) {
    throw new S3Refusal("InvalidDigest", "Content-MD5 is 16 bytes in base64.");
  }
  return bytes.toString("hex");
}
