import { createHash } from "node:crypto";
import {
  DeleteObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  type PutObjectCommandOutput,
  S3ServiceException,
} from "@aws-sdk/client-s3";
import type { ObjectAbilities } from "./objects.ts";
import { type S3Objects, unavailable } from "./s3.ts";

/** PUTs at once to one key, of which one may succeed. */
const RIVALS = 8;

/** Finds out what a store can do, by doing it. Throws `ObjectsUnavailable`. */
export async function probe(objects: S3Objects, key: string): Promise<ObjectAbilities> {
  try {
    return await look(objects, key);
  } catch (error) {
    throw unavailable(error);
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
