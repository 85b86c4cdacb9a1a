/** Argon2id (RFC 9106), 32 bytes out. Slow on purpose: a browser runs it in a worker or in WebAssembly. */
export type Argon2id = (input: {
  readonly password: Uint8Array;
  readonly salt: Uint8Array;
  readonly memoryKiB: number;
  readonly iterations: number;
  readonly parallelism: number;
}) => Promise<Uint8Array>;
