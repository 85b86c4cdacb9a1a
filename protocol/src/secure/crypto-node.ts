import {
  constants,
  createCipheriv,
  createDecipheriv,
  createHmac,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPair,
  generateKeyPairSync,
  hash,
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
import {
  checkCiphertext,
  checkShare,
  checkX25519Secret,
  isRsa,
  KEM_SECRET_BYTES,
  KEMS,
  type KemName,
  RSA_EXPONENT,
} from "./kem.ts";
import { TAG_BYTES } from "./wire.ts";

/** OpenSSL by way of node:crypto; synchronous but for the making of RSA keys. */
export const nodeCrypto: ServerCrypto = {
  sha256: (data) => hash("sha256", data, "buffer"),
  hmac: (key, data) => createHmac("sha256", key).update(data).digest(),
  seal,
  open,
  verify(publicKey, message, signature) {
    try {
      return verify(null, message, rawPublicKey("Ed25519", publicKey), signature);
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

/** Raw keys go into OpenSSL as JWK: its DER decoder takes ten to forty times as long, and parses hostile input. */
function rawPublicKey(curve: "Ed25519" | "X25519", raw: Uint8Array): KeyObject {
  return createPublicKey({ key: { kty: "OKP", crv: curve, x: base64Url(raw) }, format: "jwk" });
}

function fromBase64Url(text: string | undefined): Uint8Array {
  return Buffer.from(text as string, "base64url");
}

function base64Url(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("base64url");
}

/** RFC 8410: the only way in for a private key whose public half is not known yet. */
const ED25519_PKCS8 = Buffer.from("302e020100300506032b657004220420", "hex");

function signingKey(seed: Uint8Array): SigningKey {
  const key = createPrivateKey({ key: Buffer.concat([ED25519_PKCS8, seed]), format: "der", type: "pkcs8" });
  const { x } = createPublicKey(key).export({ format: "jwk" });
  return { publicKey: fromBase64Url(x), sign: (message) => sign(null, message, key) };
}

const EXPONENT = base64Url(Uint8Array.of(RSA_EXPONENT >>> 16, RSA_EXPONENT >>> 8, RSA_EXPONENT));

function encapsulate(kem: KemName, share: Uint8Array, random: Random): Encapsulated {
  checkShare(kem, share);
  if (isRsa(kem)) {
    const secret = random.bytes(KEM_SECRET_BYTES);
    const key = createPublicKey({ key: { kty: "RSA", n: base64Url(share), e: EXPONENT }, format: "jwk" });
    const ciphertext = publicEncrypt({ key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: "sha256" }, secret);
    return { ciphertext, secret };
  }
  const { publicKey, privateKey } = x25519Pair();
  return { ciphertext: fromBase64Url(publicKey.x), secret: agree(privateKey, share) };
}

function agree(privateKey: KeyObject, peer: Uint8Array): Uint8Array {
  let secret: Uint8Array;
  try {
    secret = diffieHellman({ privateKey, publicKey: rawPublicKey("X25519", peer) });
  } catch {
    // OpenSSL refuses a low-order share by itself.
    throw new ChannelError("unsupported", "low-order X25519 share");
  }
  return checkX25519Secret(secret);
}

/** Numbers in base64url. */
export interface NodeKeyPair {
  readonly publicKey: { readonly x?: string; readonly n?: string };
  readonly privateKey: KeyObject;
}

/**
 * The public half leaves a new pair together with it, never by an `export` afterwards: Node's job that made the pair
 * locks its keys once more when it is collected, and an export holds that lock while it makes strings. If those are what
 * the collector runs for, the thread waits for itself for ever.
 */
const AS_JWK = { publicKeyEncoding: { format: "jwk" } };

type PairOptions = typeof AS_JWK & { readonly modulusLength?: number; readonly publicExponent?: number };
/** The types of Node do not know this encoding. */
const generateSync = generateKeyPairSync as unknown as (type: "x25519", options: PairOptions) => NodeKeyPair;
const generate = promisify(generateKeyPair) as unknown as (
  type: "x25519" | "rsa",
  options: PairOptions,
) => Promise<NodeKeyPair>;

export function x25519Pair(): NodeKeyPair {
  return generateSync("x25519", AS_JWK);
}

async function generateShare(kem: KemName): Promise<EphemeralShare> {
  if (!isRsa(kem)) return nodeShare(kem, await generate("x25519", AS_JWK));
  const modulusLength = KEMS[kem].shareBytes * 8;
  return nodeShare(kem, await generate("rsa", { modulusLength, publicExponent: RSA_EXPONENT, ...AS_JWK }));
}

/** A share from keys that are there already. */
export function nodeShare(kem: KemName, { publicKey, privateKey }: NodeKeyPair): EphemeralShare {
  let key: KeyObject | null = privateKey;
  return {
    kem,
    publicBytes: fromBase64Url(isRsa(kem) ? publicKey.n : publicKey.x),
    decapsulate(ciphertext) {
      if (!key) throw new ChannelError("protocol_violation", "share is erased");
      checkCiphertext(kem, ciphertext);
      if (!isRsa(kem)) return agree(key, ciphertext);
      return privateDecrypt({ key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: "sha256" }, ciphertext);
    },
    erase() {
      key = null;
    },
  };
}
