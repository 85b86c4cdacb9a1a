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
