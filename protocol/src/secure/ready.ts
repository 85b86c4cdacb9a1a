/** What the server says first (SPEC H17..). Fields that it leaves out have these defaults. */
export interface Ready {
  /** Bytes of one reassembled message that the server accepts. */
  readonly maxMessage: number;
  /** 0 when not told. */
  readonly serverTimeMs: number;
  readonly heartbeatSeconds: number;
  readonly idleTimeoutSeconds: number;
  /** The server wants IMSC under TLS as well: offer only `imsc.v1` from now on. */
  readonly requireImsc: boolean;
  readonly tlsAvailable: boolean;
  /** The session inside the ticket is signed in already. */
  readonly resumed: boolean;
  /** Spread reconnects after a restart over this time. */
  readonly reconnectSpreadMs: number;
}
