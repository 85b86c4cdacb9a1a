import { createCipheriv, createDecipheriv, hkdfSync } from "node:crypto";
import type { Random, UserId } from "@parley/protocol";
import { nodeCrypto } from "@parley/protocol/crypto-node";
import { type ScramCost, type ScramKeys, scramFakeSalt } from "@parley/protocol/secure";
import { ARGON2 } from "./password-hash.ts";

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_BYTES = 32;

/** What the store holds of a password. */
export interface Verifier extends ScramKeys, ScramCost {
  readonly salt: Uint8Array;
}

/**
 * Seals the keys of a verifier under a pepper that never enters the store, so that a copy of the store alone cannot
 * even be guessed at; the user's id is authenticated, so that records cannot be swapped between users.
 */
export class VerifierVault {
  readonly #pepper: Uint8Array;
  readonly #decoyKey: Uint8Array;
  readonly #random: Random;

  constructor(deploymentSecret: Uint8Array, random: Random) {
    this.#pepper = derive(deploymentSecret, "password pepper");
    this.#decoyKey = derive(deploymentSecret, "decoy salt");
    this.#random = random;
  }

  seal(userId: UserId, salt: Uint8Array, keys: ScramKeys): string {
    const nonce = this.#random.bytes(NONCE_BYTES);
    const cipher = createCipheriv("aes-256-gcm", this.#pepper, nonce, { authTagLength: TAG_BYTES });
    cipher.setAAD(Buffer.from(userId));
    const sealed = Buffer.concat([nonce, cipher.update(keys.storedKey), cipher.update(keys.serverKey), cipher.final()]);
    const text = Buffer.concat([sealed, cipher.getAuthTag()]).toString("base64url");
    const { memoryKiB: m, iterations: t, parallelism: p } = ARGON2;
    return JSON.stringify({
      alg: "scram-argon2id",
      m,
      t,
      p,
      salt: Buffer.from(salt).toString("base64url"),
      keys: text,
    });
  }

  /** Throws when the record was made under another secret or for another user. */
  open(userId: UserId, text: string): Verifier {
    const { m, t, p, salt, keys } = JSON.parse(text) as { m: number; t: number; p: number; salt: string; keys: string };
    const sealed = Buffer.from(keys, "base64url");
    const decipher = createDecipheriv("aes-256-gcm", this.#pepper, sealed.subarray(0, NONCE_BYTES), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAAD(Buffer.from(userId));
    decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
    const opened = Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
    return {
      salt: Buffer.from(salt, "base64url"),
      memoryKiB: m,
      iterations: t,
      parallelism: p,
      storedKey: opened.subarray(0, KEY_BYTES),
      serverKey: opened.subarray(KEY_BYTES),
    };
  }

  /** What an unknown handle answers: the same salt every time, so that it cannot be told from a known one. */
  decoy(handle: string): Verifier {
    const salt = scramFakeSalt(nodeCrypto, this.#decoyKey, handle);
    return { salt, ...ARGON2, storedKey: this.#random.bytes(KEY_BYTES), serverKey: this.#random.bytes(KEY_BYTES) };
  }
}

function derive(secret: Uint8Array, purpose: string): Uint8Array {
  return new Uint8Array(hkdfSync("sha256", secret, new Uint8Array(0), `parley ${purpose}`, KEY_BYTES));
}
