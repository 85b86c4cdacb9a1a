/** Where the store is, and as whom this server is known there. */
export interface CheckedStore {
  readonly endpoint: string;
  /** By which clients reach it. */
  readonly publicEndpoint: string;
  readonly bucket: string;
  readonly region: string;
  readonly accessKey: string;
  readonly secretKey: string;
}
