import type { Random } from "../platform.ts";
import type { KemName } from "./kem.ts";

/** WebCrypto answers with promises, node:crypto and the pure provider at once. */
export type Awaitable<T> = T | Promise<T>;

/**
 * One ephemeral key pair of a client, used for one handshake. `decapsulate` throws on a bad ciphertext. `erase` drops
 * the private half; after it `decapsulate` always throws.
 */
export interface EphemeralShare {
  readonly kem: KemName;
  readonly publicBytes: Uint8Array;
  decapsulate(ciphertext: Uint8Array): Awaitable<Uint8Array>;
  erase(): void;
}

/** Hashing is synchronous everywhere: the key schedule is some twenty hashes of a few bytes. */
export interface Hashing {
  sha256(data: Uint8Array): Uint8Array;
  hmac(key: Uint8Array, data: Uint8Array): Uint8Array;
}

/** What a client needs. */
export interface ClientCrypto extends Hashing {
  /** AES-GCM; the length of the key chooses AES-128 or AES-256. Answers `aad ‖ ciphertext ‖ tag[16]` in one buffer. */
  seal(key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, plaintext: Uint8Array): Awaitable<Uint8Array>;
  /** Inverse of `seal`: the first `aadLength` bytes are not encrypted. `null` when the tag does not match. */
  open(key: Uint8Array, nonce: Uint8Array, aadLength: number, sealed: Uint8Array): Awaitable<Uint8Array | null>;
  /** Ed25519. False for anything wrong, malformed keys included. */
  verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): Awaitable<boolean>;
  generateShare(kem: KemName): Awaitable<EphemeralShare>;
}

/** Ed25519 key pair of a server. */
export interface SigningKey {
  readonly publicKey: Uint8Array;
  sign(message: Uint8Array): Uint8Array;
}

export interface Encapsulated {
  readonly ciphertext: Uint8Array;
  readonly secret: Uint8Array;
}

/** What a server needs: the same, without promises, and the other half of each key exchange. */
export interface ServerCrypto extends ClientCrypto {
  seal(key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, plaintext: Uint8Array): Uint8Array;
  open(key: Uint8Array, nonce: Uint8Array, aadLength: number, sealed: Uint8Array): Uint8Array | null;
  verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean;
  signingKey(seed: Uint8Array): SigningKey;
  /** Throws `ChannelError("unsupported")` for a share that breaks the rules of its KEM. */
  encapsulate(kem: KemName, share: Uint8Array, random: Random): Encapsulated;
}
