import { concat, u16, v16 } from "./bytes.ts";
import { ChannelError } from "./channel-error.ts";
import { Reader } from "./reader.ts";

/** Extension types of both hellos. */
export const EXTENSION = {
  clientInfo: 0x0001,
  pinHint: 0x0002,
  identity: 0x0010,
  rotation: 0x0011,
  psk: 0xfff0,
} as const;

export type Extension = readonly [type: number, data: Uint8Array];

/** Total length, then type and data of each. */
export function encodeExtensions(extensions: readonly Extension[]): Uint8Array {
  return v16(concat(...extensions.flatMap(([type, data]) => [u16(type), v16(data)])));
}

/** In the order of the wire. A type that comes twice is an error, since implementations would disagree about which one counts. */
export function decodeExtensions(bytes: Uint8Array): Map<number, Uint8Array> {
  const reader = new Reader(bytes);
  const found = new Map<number, Uint8Array>();
  while (!reader.done) {
    const type = reader.u16();
    if (found.has(type)) throw new ChannelError("bad_frame", "extension comes twice");
    found.set(type, reader.v16());
  }
  return found;
}

/** One of the sixteen types `?A?A` (RFC 8701) that nobody will ever assign: keeps servers from choking on unknown ones. */
export function greaseType(randomByte: number): number {
  const half = ((randomByte & 0x0f) << 4) | 0x0a;
  return (half << 8) | half;
}
