/** What is kept of an identity: the seed of its key, and the signed statements that lead to it from earlier keys. */
export interface IdentityRecord {
  readonly seed: Uint8Array;
  /** The oldest first; at most `ROTATIONS_MAX`, which is what a hello carries. */
  readonly rotations: readonly Uint8Array[];
}

export const SEED_BYTES = 32;
/** SPEC I: version, two keys, time, seq, two signatures. */
const STATEMENT_BYTES = 205;
/** Where the statement's seq lies: after version, two keys and the time. */
const SEQ_AT = 1 + 32 + 32 + 8;
/** A client that missed more rotations verifies the identity anew. */
const ROTATIONS_MAX = 4;

export function encodeRecord({ seed, rotations }: IdentityRecord): Uint8Array {
  return Buffer.concat([seed, ...rotations]);
}

/** Null when it is damaged. */
export function decodeRecord(bytes: Uint8Array): IdentityRecord | null {
  const count = (bytes.length - SEED_BYTES) / STATEMENT_BYTES;
  if (!Number.isInteger(count) || count < 0 || count > ROTATIONS_MAX) return null;
  const at = (n: number) => SEED_BYTES + n * STATEMENT_BYTES;
  return {
    seed: bytes.subarray(0, SEED_BYTES),
    rotations: Array.from({ length: count }, (_, n) => bytes.subarray(at(n), at(n + 1))),
  };
}

/** The chain with one more statement; clients want the seq to rise. */
export function withRotation(
  { rotations }: IdentityRecord,
  seed: Uint8Array,
  state: (seq: number) => Uint8Array,
): IdentityRecord {
  const last = rotations.at(-1);
  const seq = last === undefined ? 1 : Buffer.from(last).readUInt32BE(SEQ_AT) + 1;
  return { seed, rotations: [...rotations, state(seq)].slice(-ROTATIONS_MAX) };
}
