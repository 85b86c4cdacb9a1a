import { concat, equalBytes, u8, utf8 } from "./bytes.ts";
import type { Hashing } from "./crypto.ts";

const FINGERPRINT_CONTEXT = concat(utf8("IMSC/1 identity"), u8(0), u8(1));
const FINGERPRINT_BYTES = 32;
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

export function fingerprint(hashing: Hashing, publicKey: Uint8Array): Uint8Array {
  return hashing.sha256(concat(FINGERPRINT_CONTEXT, publicKey));
}

/** `OJI5-XDSX-O4ID-...-XGOQ`: base32 (RFC 4648) in 13 groups of 4. */
export function fingerprintText(bytes: Uint8Array): string {
  return groups(base32(bytes), 4).join("-");
}

/** `OJI5X DSXO4 IDZPY X5FI7`: the first 100 bits, for reading aloud. */
export function shortCode(bytes: Uint8Array): string {
  return groups(base32(bytes).slice(0, 20), 5).join(" ");
}

/** Reads the text form as people paste it: any case, with or without dashes and spaces. `null` when it is none. */
export function parseFingerprint(text: string): Uint8Array | null {
  const letters = text.replaceAll(/[-\s]/g, "").toUpperCase();
  if (!/^[A-Z2-7]{52}$/.test(letters)) return null;
  const bytes = new Uint8Array(FINGERPRINT_BYTES);
  let bits = 0;
  let held = 0;
  let at = 0;
  for (const letter of letters) {
    held = ((held << 5) | ALPHABET.indexOf(letter)) & 0xfff;
    bits += 5;
    if (bits < 8 || at === FINGERPRINT_BYTES) continue;
    bits -= 8;
    bytes[at++] = held >> bits;
  }
  // The last letter carries 4 bits that belong to nothing: two texts must not mean one fingerprint.
  return equalBytes(utf8(base32(bytes)), utf8(letters)) ? bytes : null;
}

function base32(bytes: Uint8Array): string {
  let text = "";
  let bits = 0;
  let held = 0;
  for (const byte of bytes) {
    held = ((held << 8) | byte) & 0xfff;
    for (bits += 8; bits >= 5; bits -= 5) text += ALPHABET[(held >> (bits - 5)) & 31];
  }
  return bits > 0 ? text + ALPHABET[(held << (5 - bits)) & 31] : text;
}

function groups(text: string, size: number): string[] {
  return Array.from({ length: Math.ceil(text.length / size) }, (_, i) => text.slice(i * size, (i + 1) * size));
}
