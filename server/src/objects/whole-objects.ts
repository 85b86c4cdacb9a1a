import type { Readable } from "node:stream";
import { GetObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { readWhole, type WholeObject } from "./built-in/read-whole.ts";
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

export function wholeObjectsOfStore(client: S3Client, bucket: string): WholeObjects {
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
    write: (key, type, bytes) => putWhole(client, { bucket, key, type }, bytes).catch(told),
    async close() {
      client.destroy();
    },
  };
}

function told(error: unknown): never {
  throw unavailable(error);
}
