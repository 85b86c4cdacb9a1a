import { createPrivateKey, createPublicKey } from "node:crypto";
import forge from "node-forge";
import { toBigInt } from "../src/secure/big-integer.ts";
import { toBase64Url } from "../src/secure/bytes.ts";
import type { ClientCrypto, EphemeralShare } from "../src/secure/crypto.ts";
import { type NodeKeyPair, nodeCrypto, nodeShare } from "../src/secure/crypto-node.ts";
import { bigintRsa, pureCrypto, webRandom } from "../src/secure/crypto-pure.ts";
import { webCrypto, webRsaShare, webX25519Share } from "../src/secure/crypto-web.ts";
import type { KemName } from "../src/secure/kem.ts";
import { pureX25519ShareFrom } from "../src/secure/pure-curves.ts";
import { rsaShare } from "../src/secure/rsa.ts";
import { bigintRsaKey } from "../src/secure/rsa-bigint.ts";
import { forgeRsa, forgeRsaKey } from "../src/secure/rsa-forge.ts";

/** Numbers of an RSA key in hex. */
export type RsaNumbers = Record<"n" | "e" | "d" | "p" | "q" | "dp" | "dq" | "qi", string>;

/** A provider, and how a test gives it a key that is known already. */
export interface TestedProvider {
  readonly name: string;
  readonly crypto: ClientCrypto;
  rsaShare(kem: Exclude<KemName, "x25519">, numbers: RsaNumbers): Promise<EphemeralShare>;
  x25519Share(privateKey: Uint8Array, publicKey: Uint8Array): Promise<EphemeralShare>;
}

const subtle = globalThis.crypto.subtle;
const RSA_OAEP = { name: "RSA-OAEP", hash: "SHA-256" };

export const PROVIDERS: readonly TestedProvider[] = [
  {
    name: "node",
    crypto: nodeCrypto,
    rsaShare: async (kem, numbers) => nodeShare(kem, nodePair(rsaJwk(numbers))),
    x25519Share: async (privateKey, publicKey) => nodeShare("x25519", nodePair(x25519Jwk(privateKey, publicKey))),
  },
  {
    name: "web",
    crypto: webCrypto({ random: webRandom }),
    async rsaShare(kem, numbers) {
      const { kty, n, e } = rsaJwk(numbers);
      return webRsaShare(subtle, kem, {
        privateKey: await subtle.importKey("jwk", rsaJwk(numbers), RSA_OAEP, false, ["decrypt"]),
        publicKey: await subtle.importKey("jwk", { kty, n, e }, RSA_OAEP, true, ["encrypt"]),
      });
    },
    async x25519Share(privateKey, publicKey) {
      const jwk = x25519Jwk(privateKey, publicKey);
      const { kty, crv, x } = jwk;
      return webX25519Share(subtle, {
        privateKey: await subtle.importKey("jwk", jwk, "X25519", false, ["deriveBits"]),
        publicKey: await subtle.importKey("jwk", { kty, crv, x }, "X25519", true, []),
      });
    },
  },
  {
    name: "pure",
    crypto: pureCrypto({ random: webRandom, rsa: bigintRsa(webRandom) }),
    rsaShare: async (kem, { p, q }) => rsaShare(kem, bigintRsaKey({ p: toBigInt(hex(p)), q: toBigInt(hex(q)) })),
    x25519Share: async (privateKey) => pureX25519ShareFrom(privateKey.slice()),
  },
  {
    name: "pure with forge",
    crypto: pureCrypto({ random: webRandom, rsa: forgeRsa(webRandom) }),
    rsaShare: async (kem, numbers) => rsaShare(kem, forgeRsaKey(forgeKey(numbers))),
    x25519Share: async (privateKey) => pureX25519ShareFrom(privateKey.slice()),
  },
];

export function hex(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, "hex"));
}

function rsaJwk(numbers: RsaNumbers) {
  const base64Url = (name: keyof RsaNumbers) => toBase64Url(hex(numbers[name]));
  return {
    kty: "RSA",
    n: base64Url("n"),
    e: base64Url("e"),
    d: base64Url("d"),
    p: base64Url("p"),
    q: base64Url("q"),
    dp: base64Url("dp"),
    dq: base64Url("dq"),
    qi: base64Url("qi"),
  };
}

function nodePair(key: { readonly n: string } | { readonly x: string }): NodeKeyPair {
  return { publicKey: key, privateKey: createPrivateKey({ key, format: "jwk" }) };
}

function x25519Jwk(privateKey: Uint8Array, publicKey: Uint8Array) {
  return { kty: "OKP", crv: "X25519", d: toBase64Url(privateKey), x: toBase64Url(publicKey) };
}

function forgeKey(numbers: RsaNumbers): forge.pki.rsa.PrivateKey {
  const pem = createPrivateKey({ key: rsaJwk(numbers), format: "jwk" }).export({ format: "pem", type: "pkcs8" });
  return forge.pki.privateKeyFromPem(pem as string);
}

/** RFC 8410: a raw X25519 private key, for what its public half is. */
export function x25519Public(privateKey: Uint8Array): Uint8Array {
  const prefix = Buffer.from("302e020100300506032b656e04220420", "hex");
  const key = createPrivateKey({ key: Buffer.concat([prefix, privateKey]), format: "der", type: "pkcs8" });
  return new Uint8Array(Buffer.from(createPublicKey(key).export({ format: "jwk" }).x as string, "base64url"));
}
