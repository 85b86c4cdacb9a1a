import { keyBytes } from "./environment.ts";

/** Where the entries of a collection lie: its number, 8 bytes big-endian, before everything. */
const NUMBER_BYTES = 8;

/** Start of the collection's entries; that of the next number is their end. */
export function numberBytes(number: number): Buffer {
  const bytes = Buffer.allocUnsafe(NUMBER_BYTES);
  bytes.writeBigUInt64BE(BigInt(number));
  return bytes;
}

/** Of a hash's field or a set's member. */
export function fieldKey(number: number, field: string): Buffer {
  const bytes = keyBytes(field, NUMBER_BYTES);
  bytes.writeBigUInt64BE(BigInt(number));
  return bytes;
}

export function fieldOf(key: Buffer): string {
  return key.toString("utf8", NUMBER_BYTES);
}

export function indexKey(number: number, index: number): Buffer {
  const bytes = Buffer.allocUnsafe(NUMBER_BYTES + 8);
  bytes.writeBigUInt64BE(BigInt(number));
  bytes.writeBigUInt64BE(BigInt(index), NUMBER_BYTES);
  return bytes;
}

/** A sorted set has each member twice: under itself with its score, and under its score. */
const BY_MEMBER = 0;
const BY_SCORE = 1;
const SCORE_START = NUMBER_BYTES + 1;
const SCORE_BYTES = 8;

export function memberKey(number: number, member: string): Buffer {
  const bytes = keyBytes(member, SCORE_START);
  bytes.writeBigUInt64BE(BigInt(number));
  bytes[NUMBER_BYTES] = BY_MEMBER;
  return bytes;
}

export function memberOfMemberKey(key: Buffer): string {
  return key.toString("utf8", SCORE_START);
}

/** Orders as scores do, and equal scores by member. */
export function scoreKey(number: number, score: number, member: string): Buffer {
  const bytes = keyBytes(member, SCORE_START + SCORE_BYTES);
  writeScore(bytes, number, score);
  return bytes;
}

/** Behind every member of the score: no UTF-8 begins with 0xff. */
export function afterScore(number: number, score: number): Buffer {
  const bytes = Buffer.alloc(SCORE_START + SCORE_BYTES + 1, 0xff);
  writeScore(bytes, number, score);
  return bytes;
}

export function memberOfScoreKey(key: Buffer): string {
  return key.toString("utf8", SCORE_START + SCORE_BYTES);
}

export function scoreOf(value: Buffer): number {
  return value.readDoubleBE(0);
}

export function scoreValue(score: number): Buffer {
  const bytes = Buffer.allocUnsafe(SCORE_BYTES);
  bytes.writeDoubleBE(score);
  return bytes;
}

/** IEEE 754 bits order like the numbers once the sign is flipped and, for negative ones, everything else too. */
function writeScore(bytes: Buffer, number: number, score: number): void {
  bytes.writeBigUInt64BE(BigInt(number));
  bytes[NUMBER_BYTES] = BY_SCORE;
  // + 0 makes -0 equal to 0.
  bytes.writeDoubleBE(score + 0, SCORE_START);
  const bits = bytes.readBigUInt64BE(SCORE_START);
  const negative = bits >> 63n === 1n;
  bytes.writeBigUInt64BE(BigInt.asUintN(64, negative ? ~bits : bits | (1n << 63n)), SCORE_START);
}
