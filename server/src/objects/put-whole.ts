import { createHash } from "node:crypto";
import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";

/** Held in memory; and 64 GiB, the largest file there is, are 4,096 parts of this. */
const PART_BYTES = 16 * 1024 * 1024;

export interface NewObject {
  readonly bucket: string;
  readonly key: string;
  readonly type: string;
}

/** An object of any size, of which one part is in memory at a time. Takes the place of one that is there. */
export async function putWhole(client: S3Client, object: NewObject, bytes: AsyncIterable<Uint8Array>): Promise<void> {
  const at = { Bucket: object.bucket, Key: object.key };
  let uploadId: string | undefined;
  const done: CompletedPart[] = [];
  try {
    for await (const { part, last } of parts(bytes)) {
      const body = {
        Body: part,
        ContentMD5: createHash("md5").update(part).digest("base64"),
        ContentLength: part.length,
      };
      if (last && uploadId === undefined) {
        await client.send(new PutObjectCommand({ ...at, ...body, ContentType: object.type }));
        return;
      }
      uploadId ??= (await client.send(new CreateMultipartUploadCommand({ ...at, ContentType: object.type }))).UploadId;
      const PartNumber = done.length + 1;
      const { ETag } = await client.send(new UploadPartCommand({ ...at, ...body, UploadId: uploadId, PartNumber }));
      done.push({ PartNumber, ETag });
    }
    await client.send(
      new CompleteMultipartUploadCommand({ ...at, UploadId: uploadId, MultipartUpload: { Parts: done } }),
    );
  } catch (error) {
    if (uploadId !== undefined) {
      await client.send(new AbortMultipartUploadCommand({ ...at, UploadId: uploadId })).catch(() => {});
    }
    throw error;
  }
}

async function* parts(
  bytes: AsyncIterable<Uint8Array>,
): AsyncGenerator<{ readonly part: Buffer; readonly last: boolean }> {
  let held: Uint8Array[] = [];
  let length = 0;
  for await (const piece of bytes) {
    held.push(piece);
    length += piece.length;
    if (length <= PART_BYTES) continue;
    const all = Buffer.concat(held);
    let at = 0;
    for (; all.length - at > PART_BYTES; at += PART_BYTES)
      yield { part: all.subarray(at, at + PART_BYTES), last: false };
    held = [all.subarray(at)];
    length = all.length - at;
  }
  yield { part: Buffer.concat(held), last: true };
}
