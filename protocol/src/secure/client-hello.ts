import { concat, u8, u16, utf8, v16 } from "./bytes.ts";
import { ChannelError } from "./channel-error.ts";
import { decodeExtensions, EXTENSION, type Extension, encodeExtensions } from "./extensions.ts";
import { Reader } from "./reader.ts";
import { FRAME, HELLO_MAX_BYTES, NONCE_BYTES } from "./wire.ts";

export type Transport = "plain" | "tls";
export type PskMode = "psk_only" | "psk_kem";

export interface PskOffer {
  readonly mode: PskMode;
  readonly ticket: Uint8Array;
  readonly binder: Uint8Array;
}

export interface ClientHello {
  readonly minVersion: number;
  readonly maxVersion: number;
  readonly nonce: Uint8Array;
  readonly transport: Transport;
  readonly suites: readonly number[];
  /** By wire id, since unknown ones are skipped, not refused. */
  readonly shares: readonly { readonly kem: number; readonly data: Uint8Array }[];
  readonly clientInfo: string | null;
  /** First 8 bytes of the fingerprint that the client has pinned. */
  readonly pinHint: Uint8Array | null;
  readonly grease: number | null;
  readonly psk: PskOffer | null;
}

const MAGIC = utf8("IMSC");
/** There are two; a hello stays short whatever comes. */
const SUITES_MAX = 8;
/** Keys that a client offers at once: each one that is taken costs work. */
const SHARES_MAX = 2;
/** A name and a version. */
const CLIENT_INFO_MAX = 64;
export const PIN_HINT_BYTES = 8;
export const BINDER_BYTES = 32;

export function encodeClientHello(hello: ClientHello): Uint8Array {
  const extensions: Extension[] = [];
  if (hello.grease !== null) extensions.push([hello.grease, new Uint8Array(0)]);
  if (hello.clientInfo !== null) extensions.push([EXTENSION.clientInfo, utf8(hello.clientInfo)]);
  if (hello.pinHint) extensions.push([EXTENSION.pinHint, hello.pinHint]);
  if (hello.psk) {
    const { mode, ticket, binder } = hello.psk;
    extensions.push([EXTENSION.psk, concat(u8(mode === "psk_kem" ? 1 : 0), v16(ticket), binder)]);
  }
  return concat(
    u8(FRAME.clientHello),
    MAGIC,
    u8(hello.minVersion),
    u8(hello.maxVersion),
    hello.nonce,
    u8(hello.transport === "tls" ? 1 : 0),
    u8(hello.suites.length),
    ...hello.suites.map(u16),
    u8(hello.shares.length),
    ...hello.shares.flatMap(({ kem, data }) => [u16(kem), v16(data)]),
    encodeExtensions(extensions),
  );
}

/** Throws `ChannelError`: `too_big`, or `bad_frame` for whatever breaks the layout. */
export function decodeClientHello(frame: Uint8Array): ClientHello {
  if (frame.length > HELLO_MAX_BYTES) throw new ChannelError("too_big", "CLIENT_HELLO is too long");
  const reader = new Reader(frame);
  if (reader.u8() !== FRAME.clientHello) throw malformed("not a CLIENT_HELLO");
  for (const byte of MAGIC) if (reader.u8() !== byte) throw malformed("magic is wrong");
  const minVersion = reader.u8();
  const maxVersion = reader.u8();
  if (minVersion > maxVersion) throw malformed("version range is empty");
  const nonce = reader.take(NONCE_BYTES);
  const transport = decodeTransport(reader.u8());
  const suites = decodeSuites(reader);
  const shares = decodeShares(reader);
  const extensions = decodeExtensions(reader.v16());
  reader.end();
  return {
    minVersion,
    maxVersion,
    nonce,
    transport,
    suites,
    shares,
    clientInfo: decodeClientInfo(extensions.get(EXTENSION.clientInfo)),
    pinHint: decodePinHint(extensions.get(EXTENSION.pinHint)),
    grease: null,
    psk: decodePsk(extensions),
  };
}

function decodeTransport(value: number): Transport {
  if (value > 1) throw malformed("unknown transport");
  return value === 1 ? "tls" : "plain";
}

function decodeSuites(reader: Reader): number[] {
  const count = reader.u8();
  if (count < 1 || count > SUITES_MAX) throw malformed("number of suites");
  return Array.from({ length: count }, () => reader.u16());
}

function decodeShares(reader: Reader): { kem: number; data: Uint8Array }[] {
  const count = reader.u8();
  if (count > SHARES_MAX) throw malformed("number of shares");
  const shares = Array.from({ length: count }, () => ({ kem: reader.u16(), data: reader.v16() }));
  if (count === 2 && shares[0]?.kem === shares[1]?.kem) throw malformed("share comes twice");
  return shares;
}

function decodeClientInfo(data: Uint8Array | undefined): string | null {
  if (!data) return null;
  if (data.length > CLIENT_INFO_MAX) throw malformed("client info is too long");
  // Printable ASCII only: it goes into log lines.
  if (data.some((byte) => byte < 0x20 || byte > 0x7e)) throw malformed("client info is not ASCII");
  return String.fromCharCode(...data);
}

function decodePinHint(data: Uint8Array | undefined): Uint8Array | null {
  if (!data) return null;
  if (data.length !== PIN_HINT_BYTES) throw malformed("pin hint has the wrong length");
  return data;
}

/** The binder covers everything before it, so nothing may follow it. */
function decodePsk(extensions: Map<number, Uint8Array>): PskOffer | null {
  const data = extensions.get(EXTENSION.psk);
  if (!data) return null;
  if ([...extensions.keys()].at(-1) !== EXTENSION.psk) throw malformed("PSK is not the last extension");
  const reader = new Reader(data);
  const mode = reader.u8();
  if (mode > 1) throw malformed("unknown PSK mode");
  const ticket = reader.v16();
  const binder = reader.take(BINDER_BYTES);
  reader.end();
  return { mode: mode === 1 ? "psk_kem" : "psk_only", ticket, binder };
}

function malformed(detail: string): ChannelError {
  return new ChannelError("bad_frame", `CLIENT_HELLO: ${detail}`);
}
