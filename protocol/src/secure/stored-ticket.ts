import { fromBase64Url, toBase64Url } from "./bytes.ts";
import type { Hashing } from "./crypto.ts";
import { ticketPsk } from "./key-schedule.ts";
import type { TicketMessage } from "./ticket-message.ts";

/** What a client keeps to resume; plain JSON. Used once, and only with a server whose pin has this fingerprint. */
export interface StoredTicket {
  /** base64url */
  readonly ticket: string;
  /** base64url; a secret: keep it where the session token is kept. */
  readonly psk: string;
  readonly pskOnly: boolean;
  readonly sessionBound: boolean;
  /** Text form of the identity that issued it. */
  readonly fingerprint: string;
  /** Unix milliseconds by the client's clock. */
  readonly expiresAt: number;
}

/** Whatever a server says, a ticket is not kept longer than this (RFC 8446 section 4.6.1). */
const LIFETIME_MAX_SECONDS = 7 * 24 * 3600;

export function storeTicket(
  hashing: Hashing,
  message: TicketMessage,
  resumption: Uint8Array,
  issuer: { readonly fingerprint: string; readonly now: number },
): StoredTicket {
  return {
    ticket: toBase64Url(message.ticket),
    psk: toBase64Url(ticketPsk(hashing, resumption, message.nonce)),
    pskOnly: message.pskOnly,
    sessionBound: message.sessionBound,
    fingerprint: issuer.fingerprint,
    expiresAt: issuer.now + Math.min(message.lifetimeSeconds, LIFETIME_MAX_SECONDS) * 1000,
  };
}

/** The secret parts, or `null` when storage gave back something that is no ticket, is expired or of another server. */
export function readStoredTicket(
  stored: StoredTicket | null,
  server: { readonly fingerprint: string | undefined; readonly now: number },
): { readonly ticket: Uint8Array; readonly psk: Uint8Array } | null {
  if (!stored || stored.fingerprint !== server.fingerprint || stored.expiresAt <= server.now) return null;
  const ticket = fromBase64Url(stored.ticket);
  const psk = fromBase64Url(stored.psk);
  return ticket && psk?.length === 32 ? { ticket, psk } : null;
}
