import { gcm } from "@noble/ciphers/aes.js";
import type { Random } from "../platform.ts";
import { concat } from "./bytes.ts";
import type { ClientCrypto } from "./crypto.ts";
import { isRsa } from "./kem.ts";
import { pureVerify, pureX25519Share } from "./pure-curves.ts";
import { pureHashing } from "./pure-hashing.ts";
import { modulusBits, type RsaProvider, rsaShare } from "./rsa.ts";

export { bigintRsa } from "./rsa-bigint.ts";
export { chooseRsa, type RsaChoice } from "./rsa-choice.ts";
export type { WorkerLike } from "./rsa-in-worker.ts";
export { webRandom } from "./web-random.ts";

/** For pages without WebCrypto (plain http): @noble, and RSA as handed in. */
export function pureCrypto(parts: { readonly random: Random; readonly rsa: RsaProvider }): ClientCrypto {
  return {
    ...pureHashing,
    seal: pureSeal,
    open: pureOpen,
    verify: pureVerify,
    async generateShare(kem) {
      if (!isRsa(kem)) return pureX25519Share(parts.random);
      return rsaShare(kem, await parts.rsa.generate(modulusBits(kem)));
    },
  };
}

export function pureSeal(key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, plaintext: Uint8Array): Uint8Array {
  return concat(aad, gcm(key, nonce, aad).encrypt(plaintext));
}

export function pureOpen(key: Uint8Array, nonce: Uint8Array, aadLength: number, sealed: Uint8Array): Uint8Array | null {
  try {
    return gcm(key, nonce, sealed.subarray(0, aadLength)).decrypt(sealed.subarray(aadLength));
  } catch {
    return null;
  }
}
