/** Octet 0 of a frame. */
export const FRAME = { clientHello: 0x01, serverHello: 0x02, alert: 0x03, record: 0x10, clear: 0x20 } as const;

/** Octet 0 of what a RECORD or CLEAR frame carries. */
export const INNER = {
  finished: 0x01,
  ready: 0x02,
  ticket: 0x03,
  keyUpdate: 0x04,
  closeNotify: 0x05,
  ping: 0x06,
  pong: 0x07,
  alert: 0x08,
  appText: 0x10,
  appBinary: 0x11,
} as const;

export const VERSION = 1;
/** AES-128-GCM + SHA-256 + Ed25519. */
export const SUITE = 0x0001;

export const NONCE_BYTES = 32;
/** A hello with every field at its longest fits; more is an attempt to make the other side buffer. */
export const HELLO_MAX_BYTES = 4096;
export const TAG_BYTES = 16;
/** Frame type and epoch. */
export const RECORD_HEADER_BYTES = 2;
/** One record of this size takes the pure provider under 2 ms, so it never blocks a page for long. */
export const INNER_MAX_BYTES = 65_536;
/** The largest frame there is; the WebSocket closes with 1009 beyond it. */
export const RECORD_MAX_BYTES = RECORD_HEADER_BYTES + INNER_MAX_BYTES + TAG_BYTES;
