import type { Awaitable, EphemeralShare } from "./crypto.ts";
import { KEMS, type KemName } from "./kem.ts";

/** One RSA key pair with exponent 65537. */
export interface RsaKey {
  /** Big-endian, exactly as long as the key. */
  readonly modulus: Uint8Array;
  /** OAEP with SHA-256, MGF1-SHA-256 and the empty label. Throws when the padding is wrong or the key is erased. */
  decrypt(ciphertext: Uint8Array): Awaitable<Uint8Array>;
  erase(): void;
}

/** RSA without WebCrypto, which pages lack that were loaded over plain http. */
export interface RsaProvider {
  generate(bits: number): Awaitable<RsaKey>;
}

export function rsaShare(kem: Exclude<KemName, "x25519">, key: RsaKey): EphemeralShare {
  return {
    kem,
    publicBytes: key.modulus,
    decapsulate: (ciphertext) => key.decrypt(ciphertext),
    erase: () => key.erase(),
  };
}

export function modulusBits(kem: Exclude<KemName, "x25519">): number {
  return KEMS[kem].shareBytes * 8;
}
