import type { S3Account } from "../s3-client.ts";

/** Where the store is, and as whom this server is known there. */
export interface CheckedStore extends S3Account {
  /** By which clients reach it. */
  readonly publicEndpoint: string;
  readonly bucket: string;
}
