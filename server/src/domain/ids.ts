import type { Random } from "@parley/protocol";

const BASE32 = "abcdefghijklmnopqrstuvwxyz234567";

/** A fresh id of a user, chat or device: 128 random bits in base32. */
export function newId(random: Random): string {
  const bytes = random.bytes(16);
  let id = "";
  let bits = 0;
  let value = 0;
  for (const byte of bytes) {
    value = ((value << 8) | byte) & 0xfff;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      id += BASE32[(value >> bits) & 31];
    }
  }
  return id + BASE32[(value << (5 - bits)) & 31];
}

/** A UUID of version 7 (RFC 9562), for entries that the server itself makes. */
export function newUuid(nowMs: number, random: Random): string {
  const bytes = random.bytes(10);
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  const time = nowMs.toString(16).padStart(12, "0");
  const variant = "89ab"[(bytes[2] ?? 0) & 3];
  return `${time.slice(0, 8)}-${time.slice(8)}-7${hex.slice(0, 3)}-${variant}${hex.slice(5, 8)}-${hex.slice(8, 20)}`;
}
