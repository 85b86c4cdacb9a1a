import {
  constants,
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPair,
  type KeyObject,
  privateDecrypt,
  publicEncrypt,
  sign,
  verify,
} from "node:crypto";
import { promisify } from "node:util";
import type { Random } from "../platform.ts";
import { ChannelError } from "./channel-error.ts";
import type { Encapsulated, EphemeralShare, ServerCrypto, SigningKey } from "./crypto.ts";
import { checkShare, checkX25519Secret, isRsa, KEM_SECRET_BYTES, KEMS, type KemName, RSA_EXPONENT } from "./kem.ts";
import { TAG_BYTES } from "./wire.ts";

/** OpenSSL by way of node:crypto; synchronous but for the making of RSA keys. */
export const nodeCrypto: ServerCrypto = {
  sha256: (data) => createHash("sha256").update(data).digest(),
  hmac: (key, data) => createHmac("sha256", key).update(data).digest(),
  seal,
  open,
  verify(publicKey, message, signature) {
    try {
      return verify(null, message, rawPublicKey(ED25519_SPKI, publicKey), signature);
    } catch {
      return false;
    }
  },
  signingKey,
  generateShare,
  encapsulate,
};

const GCM_OPTIONS = { authTagLength: TAG_BYTES };

function cipherName(key: Uint8Array): "aes-128-gcm" | "aes-256-gcm" {
  return key.length === 16 ? "aes-128-gcm" : "aes-256-gcm";
}

function seal(key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, plaintext: Uint8Array): Uint8Array {
  const cipher = createCipheriv(cipherName(key), key, nonce, GCM_OPTIONS);
  cipher.setAAD(aad);
  const ciphertext = cipher.update(plaintext);
  cipher.final();
  const sealed = Buffer.allocUnsafe(aad.length + ciphertext.length + TAG_BYTES);
  sealed.set(aad);
  sealed.set(ciphertext, aad.length);
  sealed.set(cipher.getAuthTag(), aad.length + ciphertext.length);
  return sealed;
}

function open(key: Uint8Array, nonce: Uint8Array, aadLength: number, sealed: Uint8Array): Uint8Array | null {
  const tagStart = sealed.length - TAG_BYTES;
  if (tagStart < aadLength) return null;
  const decipher = createDecipheriv(cipherName(key), key, nonce, GCM_OPTIONS);
  decipher.setAAD(sealed.subarray(0, aadLength));
  decipher.setAuthTag(sealed.subarray(tagStart));
  const plaintext = decipher.update(sealed.subarray(aadLength, tagStart));
  try {
    decipher.final();
  } catch {
    return null;
  }
  return plaintext;
}

/** DER up to the 32 raw bytes (RFC 8410): the quickest way into OpenSSL, and we write it, so nothing hostile is parsed. */
const ED25519_SPKI = Buffer.from("302a300506032b6570032100", "hex");
const ED25519_PKCS8 = Buffer.from("302e020100300506032b657004220420", "hex");
const X25519_SPKI = Buffer.from("302a300506032b656e032100", "hex");
const X25519_PKCS8 = Buffer.from("302e020100300506032b656e04220420", "hex");

function rawPublicKey(prefix: Buffer, raw: Uint8Array): KeyObject {
  return createPublicKey({ key: Buffer.concat([prefix, raw]), format: "der", type: "spki" });
}

function rawPrivateKey(prefix: Buffer, raw: Uint8Array): KeyObject {
  return createPrivateKey({ key: Buffer.concat([prefix, raw]), format: "der", type: "pkcs8" });
}

function rawOfPrivate(key: KeyObject): Uint8Array {
  return createPublicKey(key).export({ format: "der", type: "spki" }).subarray(X25519_SPKI.length);
}

function signingKey(seed: Uint8Array): SigningKey {
  const key = rawPrivateKey(ED25519_PKCS8, seed);
  return { publicKey: rawOfPrivate(key), sign: (message) => sign(null, message, key) };
}

const EXPONENT_JWK = Buffer.from([RSA_EXPONENT >>> 16, RSA_EXPONENT >>> 8, RSA_EXPONENT & 0xff]).toString("base64url");

function encapsulate(kem: KemName, share: Uint8Array, random: Random): Encapsulated {
  checkShare(kem, share);
  if (isRsa(kem)) {
    const secret = random.bytes(KEM_SECRET_BYTES);
    const n = Buffer.from(share.buffer, share.byteOffset, share.length).toString("base64url");
    // A raw modulus as JWK: thirty times cheaper to import than SPKI.
    const key = createPublicKey({ key: { kty: "RSA", n, e: EXPONENT_JWK }, format: "jwk" });
    const ciphertext = publicEncrypt({ key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: "sha256" }, secret);
    return { ciphertext, secret };
  }
  const privateKey = rawPrivateKey(X25519_PKCS8, random.bytes(32));
  return { ciphertext: rawOfPrivate(privateKey), secret: agree(privateKey, share) };
}

function agree(privateKey: KeyObject, peer: Uint8Array): Uint8Array {
  let secret: Uint8Array;
  try {
    secret = diffieHellman({ privateKey, publicKey: rawPublicKey(X25519_SPKI, peer) });
  } catch {
    // OpenSSL refuses a low-order share by itself.
    throw new ChannelError("unsupported", "low-order X25519 share");
  }
  return checkX25519Secret(secret);
}

const generate = promisify(generateKeyPair);

async function generateShare(kem: KemName): Promise<EphemeralShare> {
  if (!isRsa(kem)) return nodeShare(kem, (await generate("x25519")).privateKey);
  const modulusLength = KEMS[kem].shareBytes * 8;
  return nodeShare(kem, (await generate("rsa", { modulusLength, publicExponent: RSA_EXPONENT })).privateKey);
}

/** A share from a key that is there already. */
export function nodeShare(kem: KemName, privateKey: KeyObject): EphemeralShare {
  let key: KeyObject | null = privateKey;
  return {
    kem,
    publicBytes: isRsa(kem) ? modulusOf(privateKey) : rawOfPrivate(privateKey),
    decapsulate(ciphertext) {
      if (!key) throw new ChannelError("protocol_violation", "share is erased");
      if (!isRsa(kem)) return agree(key, ciphertext);
      return privateDecrypt({ key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: "sha256" }, ciphertext);
    },
    erase() {
      key = null;
    },
  };
}

function modulusOf(key: KeyObject): Uint8Array {
  return Buffer.from(createPublicKey(key).export({ format: "jwk" }).n as string, "base64url");
}
