import { concat, equalBytes, u8, u32, u64, utf8 } from "./bytes.ts";
import type { ClientCrypto, SigningKey } from "./crypto.ts";
import { fingerprint } from "./identity.ts";
import { Reader } from "./reader.ts";

/** The old and the new identity both sign that one follows the other. */
export interface RotationStatement {
  readonly oldKey: Uint8Array;
  readonly newKey: Uint8Array;
  readonly notBefore: number;
  readonly seq: number;
}

const VERSION = 1;
const SIGNED_BYTES = 77;
const SIGNATURE_BYTES = 64;
export const ROTATION_BYTES = SIGNED_BYTES + 2 * SIGNATURE_BYTES;
/** A client that missed more than this many rotations verifies the identity anew. */
export const ROTATIONS_MAX = 4;
const CONTEXT = concat(utf8("IMSC/1 identity rotation"), u8(0));

export function makeRotation(from: SigningKey, to: SigningKey, notBefore: number, seq: number): Uint8Array {
  const signed = concat(u8(VERSION), from.publicKey, to.publicKey, u64(notBefore), u32(seq));
  const message = concat(CONTEXT, signed);
  return concat(signed, from.sign(message), to.sign(message));
}

/** `null` when it is malformed or one of the two signatures is wrong. */
export async function readRotation(crypto: ClientCrypto, bytes: Uint8Array): Promise<RotationStatement | null> {
  if (bytes.length !== ROTATION_BYTES || bytes[0] !== VERSION) return null;
  const reader = new Reader(bytes);
  reader.u8();
  const oldKey = reader.take(32);
  const newKey = reader.take(32);
  const message = concat(CONTEXT, bytes.subarray(0, SIGNED_BYTES));
  const signatures = bytes.subarray(SIGNED_BYTES);
  if (!(await crypto.verify(oldKey, message, signatures.subarray(0, SIGNATURE_BYTES)))) return null;
  if (!(await crypto.verify(newKey, message, signatures.subarray(SIGNATURE_BYTES)))) return null;
  return { oldKey, newKey, notBefore: reader.u64(), seq: reader.u32() };
}

/**
 * Does the chain lead from the pinned fingerprint to the presented one? Statements before the pin are skipped; after
 * it each must follow the one before, with a higher seq. `notBefore` is not compared: a client's clock may be wrong,
 * and both signatures are there already.
 */
export async function rotationLeads(
  crypto: ClientCrypto,
  chain: readonly Uint8Array[],
  pinned: Uint8Array,
  presented: Uint8Array,
): Promise<boolean> {
  let at = pinned;
  let seq = -1;
  for (const bytes of chain) {
    const statement = await readRotation(crypto, bytes);
    if (!statement) return false;
    const starts = equalBytes(fingerprint(crypto, statement.oldKey), at);
    if (!starts && seq === -1) continue;
    if (!starts || statement.seq <= seq) return false;
    seq = statement.seq;
    at = fingerprint(crypto, statement.newKey);
  }
  return seq !== -1 && equalBytes(at, presented);
}
