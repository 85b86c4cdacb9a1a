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
