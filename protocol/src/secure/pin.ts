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

/** The server's identity, after its signature (or, for a resumption, its key) proved it. */
export interface PresentedIdentity {
  /** Text form, `OJI5-XDSX-...`, as kept in a pin. */
  readonly fingerprint: string;
  /** First 100 bits, for reading aloud: `OJI5X DSXO4 IDZPY X5FI7`. */
  readonly shortCode: string;
  /** How it relates to the pin that was handed in. After `rotated` the pin's fingerprint must be replaced by this one. */
  readonly relation: "first-use" | "match" | "verified" | "rotated";
}
