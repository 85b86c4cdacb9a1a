import { ed25519, x25519 } from "@noble/curves/ed25519.js";
import type { Random } from "../src/platform.ts";
import { fromBigInt, modPow, toBigInt } from "../src/secure/big-integer.ts";
import type { ServerCrypto } from "../src/secure/crypto.ts";
import { pureOpen, pureSeal } from "../src/secure/crypto-pure.ts";
import { checkShare, isRsa, RSA_EXPONENT } from "../src/secure/kem.ts";
import { oaepEncode } from "../src/secure/oaep.ts";
import { pureAgree, pureVerify, pureX25519Share } from "../src/secure/pure-curves.ts";
import { pureHashing } from "../src/secure/pure-hashing.ts";

/**
 * A server whose every random byte is handed in, so that it repeats the vectors byte for byte; OpenSSL draws the OAEP
 * seed and its X25519 keys itself.
 */
export const pureServer: ServerCrypto = {
  ...pureHashing,
  seal: pureSeal,
  open: pureOpen,
  verify: pureVerify,
  generateShare: () => pureX25519Share({ bytes: (length) => new Uint8Array(length), fraction: () => 0 }),
  signingKey: (seed) => ({ publicKey: ed25519.getPublicKey(seed), sign: (message) => ed25519.sign(message, seed) }),
  encapsulate(kem, share, random) {
    checkShare(kem, share);
    if (isRsa(kem)) {
      const secret = random.bytes(32);
      const encoded = toBigInt(oaepEncode(pureHashing, secret, random.bytes(32), share.length));
      const power = modPow(encoded, BigInt(RSA_EXPONENT), toBigInt(share));
      return { ciphertext: fromBigInt(power, share.length), secret };
    }
    const privateKey = random.bytes(32);
    return { ciphertext: x25519.getPublicKey(privateKey), secret: pureAgree(privateKey, share) };
  },
};

/** Gives out exactly these bytes, in this order, and fails when asked for more. */
export function scriptedRandom(...script: readonly Uint8Array[]): Random {
  const rest = [...script];
  return {
    bytes(length) {
      const next = rest.shift();
      if (next?.length !== length) throw new Error(`the script has ${next?.length} bytes next, not ${length}`);
      return next;
    },
    fraction: () => 0,
  };
}
