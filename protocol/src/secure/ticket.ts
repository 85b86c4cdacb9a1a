import { concat, decodeUtf8, equalBytes, u8, u64, utf8, v16 } from "./bytes.ts";
import type { ServerCrypto } from "./crypto.ts";
import { Reader } from "./reader.ts";

/** Whose session a ticket resumes. Each id at most 64 bytes. */
export interface TicketClaims {
  readonly userId: string;
  readonly deviceId: string;
  readonly sessionId: string;
}

/** One AES-256-GCM key under which tickets are sealed. `id` is 4 bytes, `key` 32. */
export interface TicketKey {
  readonly id: Uint8Array;
  readonly key: Uint8Array;
  /** Tickets that may be used without a key exchange have their own, shorter-lived keys. */
  readonly pskOnly: boolean;
}

/** Handed in by the server, which keeps the keys in its store, sealed, and rotates them. */
export interface TicketKeys {
  current(pskOnly: boolean): TicketKey;
  find(id: Uint8Array): TicketKey | undefined;
}

/** What is sealed inside a ticket; the server keeps nothing. */
export interface TicketState {
  readonly psk: Uint8Array;
  readonly expiresAt: number;
  /** The identity that issued it: after a compromise all earlier tickets are void. */
  readonly fingerprint: Uint8Array;
  readonly pskOnly: boolean;
  readonly claims: TicketClaims;
}

export const TICKET_NONCE_BYTES = 16;
export const TICKET_LIFETIME_MS = { pskOnly: 24 * 3_600_000, pskKem: 7 * 24 * 3_600_000 } as const;

const KEY_ID_BYTES = 4;
const GCM_NONCE_BYTES = 12;
/** Ids of ours; a ticket stays short enough for a hello. */
const CLAIM_MAX_BYTES = 64;

export function sealTicket(crypto: ServerCrypto, key: TicketKey, nonce: Uint8Array, state: TicketState): Uint8Array {
  const plaintext = concat(
    state.psk,
    u64(state.expiresAt),
    state.fingerprint,
    u8(state.pskOnly ? 1 : 0),
    ...[state.claims.userId, state.claims.deviceId, state.claims.sessionId].map(encodeClaim),
  );
  const sealed = crypto.seal(key.key, nonce, key.id, plaintext);
  return concat(key.id, nonce, sealed.subarray(KEY_ID_BYTES));
}

function encodeClaim(claim: string): Uint8Array {
  const bytes = utf8(claim);
  if (bytes.length > CLAIM_MAX_BYTES) throw new RangeError("a ticket claim is longer than 64 bytes");
  return v16(bytes);
}

/** `null` for whatever was not sealed by one of the keys, is too old, or came from another identity. */
export function openTicket(
  crypto: ServerCrypto,
  keys: TicketKeys,
  ticket: Uint8Array,
  expected: { readonly fingerprint: Uint8Array; readonly now: number },
): TicketState | null {
  if (ticket.length < KEY_ID_BYTES + GCM_NONCE_BYTES) return null;
  const id = ticket.subarray(0, KEY_ID_BYTES);
  const nonce = ticket.subarray(KEY_ID_BYTES, KEY_ID_BYTES + GCM_NONCE_BYTES);
  const key = keys.find(id);
  if (!key) return null;
  const sealed = concat(id, ticket.subarray(KEY_ID_BYTES + GCM_NONCE_BYTES));
  const plaintext = crypto.open(key.key, nonce, KEY_ID_BYTES, sealed);
  if (!plaintext) return null;
  const state = decodeState(plaintext);
  if (state.expiresAt <= expected.now || !equalBytes(state.fingerprint, expected.fingerprint)) return null;
  // A key that lives for 8 days must never open the door that is closed after 36 hours.
  return state.pskOnly && !key.pskOnly ? { ...state, pskOnly: false } : state;
}

function decodeState(plaintext: Uint8Array): TicketState {
  const reader = new Reader(plaintext);
  return {
    psk: reader.take(32),
    expiresAt: reader.u64(),
    fingerprint: reader.take(32),
    pskOnly: reader.u8() === 1,
    claims: {
      userId: decodeUtf8(reader.v16()),
      deviceId: decodeUtf8(reader.v16()),
      sessionId: decodeUtf8(reader.v16()),
    },
  };
}
