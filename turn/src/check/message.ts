import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { crc32 } from "node:zlib";
import { bytesToIp, ipToBytes } from "../ip.ts";

/** Messages of STUN (RFC 8489) and TURN (RFC 8656): a header of 20 bytes, then attributes padded to four. */

export const METHOD = {
  allocate: 0x003,
  refresh: 0x004,
  send: 0x006,
  data: 0x007,
  createPermission: 0x008,
} as const;

export const ATTRIBUTE = {
  username: 0x0006,
  messageIntegrity: 0x0008,
  errorCode: 0x0009,
  lifetime: 0x000d,
  xorPeerAddress: 0x0012,
  data: 0x0013,
  realm: 0x0014,
  nonce: 0x0015,
  xorRelayedAddress: 0x0016,
  requestedAddressFamily: 0x0017,
  requestedTransport: 0x0019,
  xorMappedAddress: 0x0020,
  fingerprint: 0x8028,
} as const;

export const HEADER_BYTES = 20;
const COOKIE = 0x2112a442;
const INTEGRITY_BYTES = 20;
const FINGERPRINT_XOR = 0x5354554e;

export type MessageClass = "request" | "indication" | "success" | "error";
const CLASSES: readonly MessageClass[] = ["request", "indication", "success", "error"];

export type Attribute = readonly [type: number, value: Buffer];

export interface Message {
  readonly method: number;
  readonly class: MessageClass;
  /** 12 bytes; the answer has those of the request. */
  readonly transaction: Buffer;
  readonly attributes: readonly Attribute[];
}

export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

export function newTransaction(): Buffer {
  return randomBytes(12);
}

/** With a `key` the message ends with its MAC; the checksum that tells STUN from other packets always comes last. */
export function encodeMessage(message: Message, key?: Buffer): Buffer {
  const parts = message.attributes.map(([type, value]) => encodeAttribute(type, value));
  if (key !== undefined) {
    // The MAC covers a header whose length already counts it.
    const covered = withHeader(message, parts, 4 + INTEGRITY_BYTES);
    parts.push(encodeAttribute(ATTRIBUTE.messageIntegrity, createHmac("sha1", key).update(covered).digest()));
  }
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE((crc32(withHeader(message, parts, 8)) ^ FINGERPRINT_XOR) >>> 0);
  parts.push(encodeAttribute(ATTRIBUTE.fingerprint, checksum));
  return withHeader(message, parts, 0);
}

/** What tells STUN from anything else that may listen on a port. */
export function hasCookie(bytes: Buffer): boolean {
  return bytes.readUInt32BE(4) === COOKIE;
}

/** Undefined for what is no STUN message; what a stranger sends may be anything. */
export function decodeMessage(bytes: Buffer): Message | undefined {
  if (bytes.length < HEADER_BYTES || !hasCookie(bytes)) return undefined;
  const type = bytes.readUInt16BE(0);
  if (type >= 0x4000 || bytes.readUInt16BE(2) !== bytes.length - HEADER_BYTES) return undefined;
  const attributes: Attribute[] = [];
  for (let at = HEADER_BYTES; at < bytes.length; ) {
    if (at + 4 > bytes.length) return undefined;
    const length = bytes.readUInt16BE(at + 2);
    if (at + 4 + length > bytes.length) return undefined;
    attributes.push([bytes.readUInt16BE(at), bytes.subarray(at + 4, at + 4 + length)]);
    at += 4 + padded(length);
  }
  return {
    method: (type & 0x000f) | ((type & 0x00e0) >> 1) | ((type & 0x3e00) >> 2),
    class: CLASSES[((type & 0x0010) >> 4) | ((type & 0x0100) >> 7)] ?? "request",
    transaction: bytes.subarray(8, HEADER_BYTES),
    attributes,
  };
}

/** Whether the MAC of a received message is right: what comes after it does not count. */
export function hasIntegrity(bytes: Buffer, key: Buffer): boolean {
  for (let at = HEADER_BYTES; at + 4 <= bytes.length; at += 4 + padded(bytes.readUInt16BE(at + 2))) {
    if (bytes.readUInt16BE(at) !== ATTRIBUTE.messageIntegrity) continue;
    const given = bytes.subarray(at + 4, at + 4 + INTEGRITY_BYTES);
    const covered = Buffer.from(bytes.subarray(0, at));
    covered.writeUInt16BE(at + 4 + INTEGRITY_BYTES - HEADER_BYTES, 2);
    const right = createHmac("sha1", key).update(covered).digest();
    return given.length === right.length && timingSafeEqual(given, right);
  }
  return false;
}

/** The key of long-term credentials (RFC 8489, 9.2.2); with MD5, which is what the relay's challenge without an algorithm means. */
export function longTermKey(username: string, realm: string, credential: string): Buffer {
  return createHash("md5").update(`${username}:${realm}:${credential}`).digest();
}

export function attributeOf(message: Message, type: number): Buffer | undefined {
  return message.attributes.find(([has]) => has === type)?.[1];
}

/** The code of an error, such as 401; 0 where the other side gave none. */
export function errorCodeOf(message: Message): number {
  const value = attributeOf(message, ATTRIBUTE.errorCode);
  return value === undefined || value.length < 4 ? 0 : value.readUInt8(2) * 100 + value.readUInt8(3);
}

/** Addresses are XORed so that no NAT that looks for addresses in packets changes them. */
export function xorAddress({ address, port }: Endpoint, transaction: Buffer): Buffer {
  const bytes = ipToBytes(address);
  const head = Buffer.from([0, bytes.length === 4 ? 1 : 2, 0, 0]);
  head.writeUInt16BE(port ^ (COOKIE >>> 16), 2);
  return Buffer.concat([head, xored(bytes, transaction)]);
}

export function addressOf(message: Message, type: number): Endpoint | undefined {
  const value = attributeOf(message, type);
  if (value === undefined || (value.length !== 8 && value.length !== 20)) return undefined;
  const address = bytesToIp(xored(value.subarray(4), message.transaction));
  return { address, port: value.readUInt16BE(2) ^ (COOKIE >>> 16) };
}

function xored(bytes: Uint8Array, transaction: Buffer): Buffer {
  const mask = Buffer.alloc(4 + transaction.length);
  mask.writeUInt32BE(COOKIE);
  transaction.copy(mask, 4);
  return Buffer.from(bytes.map((byte, at) => byte ^ (mask[at] ?? 0)));
}

function encodeAttribute(type: number, value: Buffer): Buffer {
  const bytes = Buffer.alloc(4 + padded(value.length));
  bytes.writeUInt16BE(type, 0);
  bytes.writeUInt16BE(value.length, 2);
  value.copy(bytes, 4);
  return bytes;
}

function withHeader(message: Message, parts: readonly Buffer[], more: number): Buffer {
  const body = Buffer.concat(parts);
  const head = Buffer.alloc(HEADER_BYTES);
  const { method } = message;
  const kind = CLASSES.indexOf(message.class);
  const spread = (method & 0x000f) | ((method & 0x0070) << 1) | ((method & 0x0f80) << 2);
  head.writeUInt16BE(spread | ((kind & 1) << 4) | ((kind & 2) << 7), 0);
  head.writeUInt16BE(body.length + more, 2);
  head.writeUInt32BE(COOKIE, 4);
  message.transaction.copy(head, 8);
  return Buffer.concat([head, body]);
}

function padded(length: number): number {
  return (length + 3) & ~3;
}
