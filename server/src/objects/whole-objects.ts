import type { Readable } from "node:stream";
import { GetObjectCommand, HeadBucketCommand, type S3Client } from "@aws-sdk/client-s3";
import { readWhole, type WholeObject } from "./built-in/read-whole.ts";
import { makeBucket } from "./make-bucket.ts";
import { putWhole } from "./put-whole.ts";
import { unavailable } from "./s3.ts";
import { isShut } from "./shut-object.ts";

/** Objects from their first byte to their last, for a backup. Throws `ObjectsUnavailable` when the store does not answer. */
export interface WholeObjects {
  /** Null when there is none. */
  read(key: string): Promise<WholeObject | null>;
  write(key: string, type: string, bytes: AsyncIterable<Uint8Array>): Promise<void>;
  close(): Promise<void>;
}

/** Of a folder, which a server may be using as long as nothing is written: that goes through `writer`, which is the service itself. */
export function wholeObjectsOfFolder(
  root: string,
  openWriter: () => Promise<{ client: S3Client; bucket: string; close(): Promise<void> }>,
): WholeObjects {
  let writer: ReturnType<typeof openWriter> | null = null;
  return {
    read: (key) => readWhole(root, key),
    async write(key, type, bytes) {
      writer ??= openWriter();
      const { client, bucket } = await writer;
      await putWhole(client, { bucket, key, type }, bytes).catch(told);
    },
    async close() {
      await (await writer)?.close();
    },
  };
}

/** A bucket that is missing is made by the first object, as a server makes it at its start. */
export function wholeObjectsOfStore(client: S3Client, place: { bucket: string; region: string }): WholeObjects {
  const { bucket } = place;
  let there: Promise<void> | null = null;
  return {
    async read(key) {
      try {
        const object = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
        const { ContentLength: size = 0, ContentType: type = "" } = object;
        const bytes = object.Body as Readable;
        if (!isShut(size, type)) return { type, size, bytes };
        bytes.destroy();
        return null;
      } catch (error) {
        if (["NoSuchKey", "NotFound"].includes((error as Error).name)) return null;
        throw unavailable(error);
      }
    },
    async write(key, type, bytes) {
      there ??= haveBucket(client, place);
      await there.then(() => putWhole(client, { bucket, key, type }, bytes)).catch(told);
    },
    async close() {
      client.destroy();
    },
  };
}

async function haveBucket(client: S3Client, place: { bucket: string; region: string }): Promise<void> {
  try {
    await client.send(new HeadBucketCommand({ Bucket: place.bucket }));
  } catch (error) {
    // Whoever may not ask may still be allowed to write.
    if (["NotFound", "NoSuchBucket"].includes((error as Error).name)) await makeBucket(client, place);
  }
}

function told(error: unknown): never {
  throw unavailable(error);
}
