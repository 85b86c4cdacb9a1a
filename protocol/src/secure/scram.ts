import { concat, equalBytes, u8, u32, utf8, v16 } from "./bytes.ts";
import type { Hashing } from "./crypto.ts";

/** The math of `scram-argon2id` (SPEC A1..); argon2id itself is handed in as its 32-byte output. */
export interface ScramCost {
  readonly memoryKiB: number;
  readonly iterations: number;
  readonly parallelism: number;
}

/** What both sides feed into the proofs. */
export interface ScramExchange extends ScramCost {
  /** Canonical handle, NFKC. */
  readonly user: string;
  readonly clientNonce: Uint8Array;
  readonly serverNonce: Uint8Array;
  readonly salt: Uint8Array;
  /** `channel_binding` of the connection; 32 zero bytes in clear mode. */
  readonly binding: Uint8Array;
}

/** What a server keeps instead of a password. */
export interface ScramKeys {
  readonly storedKey: Uint8Array;
  readonly serverKey: Uint8Array;
}

export interface ScramProof {
  readonly clientProof: Uint8Array;
  /** What the server has to answer; anything else is not the server that holds our verifier. */
  readonly serverSignature: Uint8Array;
}

export const SCRAM_NONCE_BYTES = 32;
export const SCRAM_SALT_BYTES = 16;
/** Below, a stolen verifier is guessed too cheaply, and a man in the middle would ask for exactly that. */
export const SCRAM_COST_MIN: ScramCost = { memoryKiB: 19_456, iterations: 2, parallelism: 1 };
/** Above, a server could exhaust the memory of its clients. */
export const SCRAM_COST_MAX: ScramCost = { memoryKiB: 262_144, iterations: 10, parallelism: 4 };

const CONTEXT = concat(utf8("IMSC-SCRAM-1"), u8(0));

/** A client refuses a challenge for which this is false, before it runs argon2id. */
export function acceptableScramCost(cost: ScramCost, salt: Uint8Array): boolean {
  const fields = ["memoryKiB", "iterations", "parallelism"] as const;
  const inside = fields.every((field) => cost[field] >= SCRAM_COST_MIN[field] && cost[field] <= SCRAM_COST_MAX[field]);
  return inside && salt.length >= 16 && salt.length <= 64;
}

/** What argon2id hashes. */
export function scramPassword(password: string): Uint8Array {
  return utf8(password.normalize("NFKC"));
}

/** From `Argon2id(scramPassword(password), salt, ...)`, 32 bytes, to the verifier. */
export function scramKeys(hashing: Hashing, salted: Uint8Array): ScramKeys {
  return {
    storedKey: hashing.sha256(hashing.hmac(salted, utf8("Client Key"))),
    serverKey: hashing.hmac(salted, utf8("Server Key")),
  };
}

/** Client side. */
export function scramProve(hashing: Hashing, salted: Uint8Array, exchange: ScramExchange): ScramProof {
  const clientKey = hashing.hmac(salted, utf8("Client Key"));
  const { storedKey, serverKey } = scramKeys(hashing, salted);
  const message = authMessage(exchange);
  return {
    clientProof: xor(clientKey, hashing.hmac(storedKey, message)),
    serverSignature: hashing.hmac(serverKey, message),
  };
}

/** Server side: the server signature when the proof is right, else `null`. */
export function scramVerify(
  hashing: Hashing,
  keys: ScramKeys,
  exchange: ScramExchange,
  clientProof: Uint8Array,
): Uint8Array | null {
  if (clientProof.length !== 32) return null;
  const message = authMessage(exchange);
  const clientKey = xor(clientProof, hashing.hmac(keys.storedKey, message));
  if (!equalBytes(hashing.sha256(clientKey), keys.storedKey)) return null;
  return hashing.hmac(keys.serverKey, message);
}

/** Salt for a handle that nobody has: always the same, so that nobody learns which handles exist. */
export function scramFakeSalt(hashing: Hashing, serverSecret: Uint8Array, user: string): Uint8Array {
  return hashing.hmac(serverSecret, utf8(user.normalize("NFKC"))).subarray(0, SCRAM_SALT_BYTES);
}

function authMessage(exchange: ScramExchange): Uint8Array {
  return concat(
    CONTEXT,
    v16(utf8(exchange.user.normalize("NFKC"))),
    exchange.clientNonce,
    exchange.serverNonce,
    v16(exchange.salt),
    u32(exchange.memoryKiB),
    u32(exchange.iterations),
    u8(exchange.parallelism),
    exchange.binding,
  );
}

function xor(a: Uint8Array, b: Uint8Array): Uint8Array {
  return a.map((byte, i) => byte ^ (b[i] as number));
}
