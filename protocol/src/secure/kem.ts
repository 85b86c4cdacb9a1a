import { ChannelError } from "./channel-error.ts";

/** Key exchanges: wire id and the lengths of share and ciphertext (SPEC H8..). X25519 makes one 32-byte secret, so does RSA. */
export const KEMS = {
  rsa2048: { id: 0x0001, shareBytes: 256, ciphertextBytes: 256 },
  rsa3072: { id: 0x0002, shareBytes: 384, ciphertextBytes: 384 },
  x25519: { id: 0x0010, shareBytes: 32, ciphertextBytes: 32 },
} as const;

export type KemName = keyof typeof KEMS;

export const KEM_NAMES = Object.keys(KEMS) as readonly KemName[];

/** Length of every KEM secret. */
export const KEM_SECRET_BYTES = 32;

/** Fixed and never on the wire: an exponent of 1 or 3 cannot be smuggled in, and no ASN.1 is parsed. */
export const RSA_EXPONENT = 65_537;

export function kemById(id: number): KemName | undefined {
  return KEM_NAMES.find((name) => KEMS[name].id === id);
}

export function isRsa(kem: KemName): kem is "rsa2048" | "rsa3072" {
  return kem !== "x25519";
}

/** A modulus has its full length and is odd; anything else is a weak or broken key. */
export function checkShare(kem: KemName, share: Uint8Array): void {
  if (share.length !== KEMS[kem].shareBytes) throw new ChannelError("unsupported", "share has the wrong length");
  if (!isRsa(kem)) return;
  if ((share[0] ?? 0) < 0x80) throw new ChannelError("unsupported", "modulus is too short");
  if (((share.at(-1) ?? 0) & 1) === 0) throw new ChannelError("unsupported", "modulus is even");
}

/**
 * RFC 8017 section 7.1.2, step 1b. OpenSSL, and so node:crypto and browsers, takes any ciphertext that is the same number,
 * one in 256 without its first byte.
 */
export function checkCiphertext(kem: KemName, ciphertext: Uint8Array): void {
  if (ciphertext.length === KEMS[kem].ciphertextBytes) return;
  throw new ChannelError("identity_error", "ciphertext has the wrong length");
}

/** RFC 7748 section 6.1: a low-order point gives an all-zero secret, which everybody knows. */
export function checkX25519Secret(secret: Uint8Array): Uint8Array {
  if (secret.every((byte) => byte === 0)) throw new ChannelError("unsupported", "low-order X25519 share");
  return secret;
}
