import { type BucketLocationConstraint, CreateBucketCommand, type S3Client } from "@aws-sdk/client-s3";

/** Rejects when it is there already and another's, or may not be made. */
export async function makeBucket(
  client: S3Client,
  { bucket, region }: { bucket: string; region: string },
): Promise<void> {
  await client.send(new CreateBucketCommand({ Bucket: bucket, ...placeOf(region) }));
}

/** The region that S3 began with is named by naming none. */
function placeOf(region: string) {
  if (region === "us-east-1") return {};
  return { CreateBucketConfiguration: { LocationConstraint: region as BucketLocationConstraint } };
}
