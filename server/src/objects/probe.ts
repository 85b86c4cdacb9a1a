import { createHash } from "node:crypto";
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetBucketCorsCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  PutBucketCorsCommand,
  PutObjectCommand,
  type PutObjectCommandOutput,
  S3ServiceException,
} from "@aws-sdk/client-s3";
import { type ObjectAbilities, ObjectsUnavailable } from "./objects.ts";
import { type S3Objects, unavailable } from "./s3.ts";

/** PUTs at once to one key, of which one may succeed. */
const RIVALS = 8;

/** Finds out what a store can do, by doing it; makes the bucket if it may. Throws `ObjectsUnavailable`, in an operator's words. */
export async function probe(objects: S3Objects, key: string): Promise<ObjectAbilities> {
  try {
    await haveBucket(objects);
    await haveCors(objects);
    return await look(objects, key);
  } catch (error) {
    throw explained(error, objects);
  }
}

async function haveBucket({ client, bucket }: S3Objects): Promise<void> {
  try {
    await client.send(new HeadBucketCommand({ Bucket: bucket }));
  } catch (error) {
    if (!isRefusal(error, 404)) throw error;
    await client.send(new CreateBucketCommand({ Bucket: bucket })).catch((refusal: unknown) => {
      // Another node was faster.
      if (!isRefusal(refusal, 409)) throw refusal;
    });
  }
}

/**
 * Pages of the app come from another origin than the store. The URL is the right to send and read, so any origin will
 * do; what an operator has set stays. Stores that know no rules for a bucket have one for all, or let everybody.
 */
async function haveCors({ client, bucket }: S3Objects): Promise<void> {
  try {
    await client.send(new GetBucketCorsCommand({ Bucket: bucket }));
  } catch (error) {
    if (!isRefusal(error, 404)) return;
    const rule = {
      AllowedOrigins: ["*"],
      AllowedMethods: ["GET", "HEAD", "PUT"],
      AllowedHeaders: ["*"],
      ExposeHeaders: ["ETag", "Content-Range", "Accept-Ranges", "Content-Length"],
      MaxAgeSeconds: 600,
    };
    const CORSConfiguration = { CORSRules: [rule] };
    // Whether it is right all the same, the look from outside tells.
    await client.send(new PutBucketCorsCommand({ Bucket: bucket, CORSConfiguration })).catch(() => {});
  }
}

async function look({ client, bucket }: S3Objects, key: string): Promise<ObjectAbilities> {
  const place = { Bucket: bucket, Key: key };
  const bodies = Array.from({ length: RIVALS }, (_, at) => `rival ${at} of ${key}`);
  try {
    const rivals = await Promise.all(
      bodies.map((body) =>
        client
          .send(new PutObjectCommand({ ...place, Body: body, IfNoneMatch: "*" }))
          .then((output) => ({ body, output }), nullIfRefused),
      ),
    );
    const winners = rivals.filter((rival) => rival !== null);
    const [winner, ...others] = winners;
    const late = await client
      .send(new PutObjectCommand({ ...place, Body: "late", IfNoneMatch: "*" }))
      .catch(nullIfRefused);
    const there = winner === undefined ? null : await client.send(new HeadObjectCommand(place));
    const putOnce = winner !== undefined && others.length === 0 && late === null && there?.ETag === winner.output.ETag;
    const plain =
      winner !== undefined && putOnce
        ? winner
        : { body: "plain", output: await client.send(new PutObjectCommand({ ...place, Body: "plain" })) };
    return { putOnce, md5: tellsMd5(plain) };
  } finally {
    await client.send(new DeleteObjectCommand(place));
  }
}

function tellsMd5({ body, output }: { readonly body: string; readonly output: PutObjectCommandOutput }): boolean {
  return output.ETag?.replaceAll('"', "") === createHash("md5").update(body).digest("hex");
}

/** A store that knows no conditions says so, or that there is one already. */
function nullIfRefused(error: unknown): null {
  if ([400, 409, 412, 501].some((status) => isRefusal(error, status))) return null;
  throw error;
}

function isRefusal(error: unknown, status: number): boolean {
  return error instanceof S3ServiceException && error.$metadata.httpStatusCode === status;
}

function explained(error: unknown, { bucket, description }: S3Objects): ObjectsUnavailable {
  const { name } = error as Error;
  const words: Readonly<Record<string, string>> = {
    RequestTimeTooSkewed: "its clock and that of this machine differ by more than 15 minutes: set both by NTP",
    InvalidAccessKeyId: "it does not know --objects-access-key",
    SignatureDoesNotMatch: "--objects-secret-key is not that of --objects-access-key, or a proxy changes requests",
    AccessDenied: `the access key may not use the bucket "${bucket}"`,
  };
  const why = words[name] ?? (isRefusal(error, 403) ? words.AccessDenied : undefined) ?? unavailable(error).message;
  return new ObjectsUnavailable(`The object store ${description}: ${why}.`, { cause: error });
}
