import { S3Client, type S3ClientConfig } from "@aws-sdk/client-s3";

export interface S3Account {
  /** Where this server reaches the store. */
  readonly endpoint: string;
  readonly region: string;
  readonly accessKey: string;
  readonly secretKey: string;
}

/** The SDK, set up as every store understands it. */
export function createS3Client(account: S3Account, more: S3ClientConfig): S3Client {
  // It would tell operators on standard error that later versions of it need a later Node: that is ours to mind.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";
  return new S3Client({
    endpoint: account.endpoint,
    region: account.region,
    credentials: { accessKeyId: account.accessKey, secretAccessKey: account.secretKey },
    forcePathStyle: true,
    // Trailing checksums are not for every store, and a client that PUTs to a URL cannot make them.
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    ...more,
  });
}
