/** What a TLS listener shows and keeps, in PEM. */
export interface Tls {
  readonly cert: string;
  readonly key: string;
}
