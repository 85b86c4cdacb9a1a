import { ed25519, x25519 } from "@noble/curves/ed25519.js";
import type { Random } from "../platform.ts";
import { ChannelError } from "./channel-error.ts";
import type { EphemeralShare } from "./crypto.ts";
import { checkX25519Secret } from "./kem.ts";

/** Ed25519 by RFC 8032, not by the looser ZIP 215: all providers have to agree about every signature. */
export function pureVerify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  try {
    return ed25519.verify(signature, message, publicKey, { zip215: false });
  } catch {
    return false;
  }
}

export function pureX25519Share(random: Random): EphemeralShare {
  return pureX25519ShareFrom(random.bytes(32));
}

/** Takes the key over: `erase` overwrites it. */
export function pureX25519ShareFrom(privateKey: Uint8Array): EphemeralShare {
  let key: Uint8Array | null = privateKey;
  return {
    kem: "x25519",
    publicBytes: x25519.getPublicKey(privateKey),
    decapsulate(ciphertext) {
      if (!key) throw new ChannelError("protocol_violation", "share is erased");
      return pureAgree(key, ciphertext);
    },
    erase() {
      key?.fill(0);
      key = null;
    },
  };
}

export function pureAgree(privateKey: Uint8Array, peer: Uint8Array): Uint8Array {
  let secret: Uint8Array;
  try {
    secret = x25519.getSharedSecret(privateKey, peer);
  } catch {
    // noble refuses low-order points by itself.
    throw new ChannelError("unsupported", "low-order X25519 share");
  }
  return checkX25519Secret(secret);
}
