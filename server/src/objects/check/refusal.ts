import { S3ServiceException } from "@aws-sdk/client-s3";
import type { CheckedStore } from "./checked-store.ts";
import { NoAnswer, whyUnanswered } from "./plain-request.ts";

/** By the code of the refusal: what to change, in words that follow on "The object store at ...". */
const REFUSALS: Readonly<Record<string, (store: CheckedStore) => string>> = {
  InvalidAccessKeyId: () => "does not know the access key: is --objects-access-key right?",
  SignatureDoesNotMatch: () =>
    "refuses the signature: is --objects-secret-key right, and does no proxy before it change host or path?",
  AccessDenied: ({ bucket }) =>
    `does not let this access key write to the bucket "${bucket}": it needs to put, get, delete, and to list parts`,
  InvalidBucketName: ({ bucket }) => `takes no "${bucket}" as name of a bucket: --objects-bucket`,
  BucketAlreadyExists: ({ bucket }) =>
    `keeps the bucket "${bucket}" for somebody else: choose another --objects-bucket`,
  PermanentRedirect: ({ bucket }) =>
    `has the bucket "${bucket}" elsewhere: are --objects-endpoint and --objects-region right?`,
  AuthorizationHeaderMalformed: ({ region }) => `is not in the region "${region}": --objects-region`,
  InvalidLocationConstraint: ({ region }) => `has no region "${region}": --objects-region`,
  IllegalLocationConstraintException: ({ region }) => `is not in the region "${region}": --objects-region`,
  RequestTimeTooSkewed: () => "has a time too far from this machine's: let both take it from the network (NTP)",
  QuotaExceeded: () => "has no room left for this access key",
  XMinioStorageFull: () => "is full",
};

export const NO_STORE = "answers as no S3 store does: is --objects-endpoint right?";

/** Why a request came to nothing, in words for the operator. */
export function refusalIn(error: unknown, store: CheckedStore): string {
  if (error instanceof NoAnswer) return `cannot be reached: ${error.message}`;
  if (!(error instanceof S3ServiceException)) return `cannot be reached: ${whyUnanswered(error)}`;
  const known = REFUSALS[error.name];
  if (known !== undefined) return known(store);
  return `did not take a file (${error.name}, status ${error.$metadata.httpStatusCode ?? "none"}): is --objects-endpoint right?`;
}

/** The same for a bucket that is missing and was not made. */
export function bucketRefusalIn(error: unknown, store: CheckedStore): string {
  const refused = error instanceof S3ServiceException && error.$metadata.httpStatusCode === 403;
  if (!refused && error instanceof S3ServiceException && error.name in REFUSALS) return refusalIn(error, store);
  const code = error instanceof Error ? error.name : "unknown";
  return `has no bucket "${store.bucket}", and this access key may not make it (${code}): make it, or name another by --objects-bucket`;
}
