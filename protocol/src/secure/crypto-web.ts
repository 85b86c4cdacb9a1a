import type { Random } from "../platform.ts";
import { concat, fromBase64Url } from "./bytes.ts";
import { ChannelError } from "./channel-error.ts";
import type { ClientCrypto, EphemeralShare } from "./crypto.ts";
import { checkCiphertext, checkX25519Secret, isRsa, type KemName } from "./kem.ts";
import { pureHashing } from "./pure-hashing.ts";
import { modulusBits } from "./rsa.ts";
import { TAG_BYTES } from "./wire.ts";

export { webRandom } from "./web-random.ts";

/** WebCrypto, which browsers offer on secure pages alone. Ed25519 and X25519 come from @noble where it lacks them. */
export function webCrypto(parts: { readonly random: Random; readonly subtle?: SubtleCrypto }): ClientCrypto {
  const subtle = parts.subtle ?? globalThis.crypto.subtle;
  const aes = new AesKeys(subtle);
  return {
    ...pureHashing,
    async seal(key, nonce, aad, plaintext) {
      const sealed = await subtle.encrypt(gcmParams(nonce, aad), await aes.import(key), source(plaintext));
      return concat(aad, new Uint8Array(sealed));
    },
    async open(key, nonce, aadLength, sealed) {
      const aad = sealed.subarray(0, aadLength);
      const ciphertext = sealed.subarray(aadLength);
      if (ciphertext.length < TAG_BYTES) return null;
      try {
        return new Uint8Array(await subtle.decrypt(gcmParams(nonce, aad), await aes.import(key), source(ciphertext)));
      } catch {
        return null;
      }
    },
    async verify(publicKey, message, signature) {
      const key = await importVerifyKey(subtle, publicKey);
      if (!key) return (await pureCurves()).pureVerify(publicKey, message, signature);
      return subtle.verify("Ed25519", key, source(signature), source(message));
    },
    generateShare: (kem) => (isRsa(kem) ? generateRsa(subtle, kem) : generateX25519(subtle, parts.random)),
  };
}

/** Most browsers never need them, so they come by themselves. */
const pureCurves = () => import("./pure-curves.ts");

/** TypeScript keeps views of shared memory apart, which none of ours is. */
function source(bytes: Uint8Array): BufferSource {
  return bytes as Uint8Array<ArrayBuffer>;
}

function gcmParams(nonce: Uint8Array, aad: Uint8Array): AesGcmParams {
  return { name: "AES-GCM", iv: source(nonce), additionalData: source(aad), tagLength: TAG_BYTES * 8 };
}

/** A record key is imported once and forgotten with its bytes. */
class AesKeys {
  readonly #subtle: SubtleCrypto;
  readonly #imported = new WeakMap<Uint8Array, Promise<CryptoKey>>();

  constructor(subtle: SubtleCrypto) {
    this.#subtle = subtle;
  }

  import(bytes: Uint8Array): Promise<CryptoKey> {
    let key = this.#imported.get(bytes);
    if (!key) {
      key = this.#subtle.importKey("raw", source(bytes), "AES-GCM", false, ["encrypt", "decrypt"]);
      this.#imported.set(bytes, key);
    }
    return key;
  }
}

/** `null` where the browser does not know Ed25519, or the key is none. */
async function importVerifyKey(subtle: SubtleCrypto, raw: Uint8Array): Promise<CryptoKey | null> {
  try {
    return await subtle.importKey("raw", source(raw), "Ed25519", false, ["verify"]);
  } catch {
    return null;
  }
}

async function generateRsa(subtle: SubtleCrypto, kem: Exclude<KemName, "x25519">): Promise<EphemeralShare> {
  const pair = await subtle.generateKey(
    { name: "RSA-OAEP", modulusLength: modulusBits(kem), publicExponent: Uint8Array.of(1, 0, 1), hash: "SHA-256" },
    false,
    ["encrypt", "decrypt"],
  );
  return webRsaShare(subtle, kem, pair);
}

export async function webRsaShare(
  subtle: SubtleCrypto,
  kem: Exclude<KemName, "x25519">,
  pair: CryptoKeyPair,
): Promise<EphemeralShare> {
  const { n } = await subtle.exportKey("jwk", pair.publicKey);
  const publicBytes = fromBase64Url(n ?? "");
  if (!publicBytes) throw new Error("WebCrypto exported no modulus");
  let key: CryptoKey | null = pair.privateKey;
  return {
    kem,
    publicBytes,
    async decapsulate(ciphertext) {
      if (!key) throw new ChannelError("protocol_violation", "share is erased");
      checkCiphertext(kem, ciphertext);
      return new Uint8Array(await subtle.decrypt({ name: "RSA-OAEP" }, key, source(ciphertext)));
    },
    erase() {
      key = null;
    },
  };
}

async function generateX25519(subtle: SubtleCrypto, random: Random): Promise<EphemeralShare> {
  let pair: CryptoKeyPair;
  try {
    pair = (await subtle.generateKey("X25519", false, ["deriveBits"])) as CryptoKeyPair;
  } catch {
    return (await pureCurves()).pureX25519Share(random);
  }
  return webX25519Share(subtle, pair);
}

export async function webX25519Share(subtle: SubtleCrypto, pair: CryptoKeyPair): Promise<EphemeralShare> {
  const publicBytes = new Uint8Array(await subtle.exportKey("raw", pair.publicKey));
  let key: CryptoKey | null = pair.privateKey;
  return {
    kem: "x25519",
    publicBytes,
    async decapsulate(ciphertext) {
      if (!key) throw new ChannelError("protocol_violation", "share is erased");
      const peer = await subtle.importKey("raw", source(ciphertext), "X25519", false, []);
      const bits = await subtle.deriveBits({ name: "X25519", public: peer }, key, 256);
      return checkX25519Secret(new Uint8Array(bits));
    },
    erase() {
      key = null;
    },
  };
}
