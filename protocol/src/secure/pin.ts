import { equalBytes } from "./bytes.ts";
import type { ClientCrypto } from "./crypto.ts";
import { fingerprintText, parseFingerprint, shortCode } from "./identity.ts";
import { rotationLeads } from "./rotation.ts";

/** What a client remembers of a server, keyed by its address; plain JSON. */
export interface Pin {
  /** Text form, `OJI5-XDSX-...`. */
  readonly fingerprint: string;
  readonly firstSeenAt: number;
  /** The person compared the code, or came by a link that carried it. */
  readonly verified: boolean;
  /** Once reached over TLS, never again without. */
  readonly tlsSeen: boolean;
  /** The server asked for IMSC under TLS too. */
  readonly requireImsc: boolean;
}

export interface IdentityCode {
  /** Text form, `OJI5-XDSX-...`, as kept in a pin. */
  readonly fingerprint: string;
  /** First 100 bits, for reading aloud: `OJI5X DSXO4 IDZPY X5FI7`. */
  readonly shortCode: string;
}

/** The server's identity, after its signature (or, for a resumption, its key) proved it. */
export interface PresentedIdentity extends IdentityCode {
  /** How it relates to the pin that was handed in. After `rotated` the pin's fingerprint must be replaced by this one. */
  readonly relation: "first-use" | "match" | "verified" | "rotated";
}

export function identityCode(presented: Uint8Array): IdentityCode {
  return { fingerprint: fingerprintText(presented), shortCode: shortCode(presented) };
}

/** `mismatch` is a hard stop: nothing is decrypted and no password is typed. A pin that cannot be read is one. */
export async function comparePin(
  crypto: ClientCrypto,
  pin: Pin | null,
  presented: Uint8Array,
  rotations: readonly Uint8Array[],
): Promise<PresentedIdentity["relation"] | "mismatch"> {
  if (!pin) return "first-use";
  const pinned = parseFingerprint(pin.fingerprint);
  if (!pinned) return "mismatch";
  if (equalBytes(pinned, presented)) return pin.verified ? "verified" : "match";
  return (await rotationLeads(crypto, rotations, pinned, presented)) ? "rotated" : "mismatch";
}
