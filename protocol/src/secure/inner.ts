import { ChannelError } from "./channel-error.ts";
import { INNER, INNER_MAX_BYTES } from "./wire.ts";

const FLAG_MORE = 1;
const FLAG_PAD = 2;
const HEADER_BYTES = 2;
const PAD_LENGTH_BYTES = 2;

/** Body bytes that fit into one record without padding. */
export const BODY_MAX_BYTES = INNER_MAX_BYTES - HEADER_BYTES;

export interface Inner {
  readonly type: number;
  readonly more: boolean;
  readonly body: Uint8Array;
}

/** Body bytes that fit into one record when it is padded to a multiple of `padTo`. */
export function bodyCapacity(padTo: number): number {
  return padTo > 0 ? BODY_MAX_BYTES - PAD_LENGTH_BYTES - padTo : BODY_MAX_BYTES;
}

/** Writes what comes before a body of `bodyBytes` and answers where the body starts. */
export function writeInnerHeader(
  into: Uint8Array,
  type: number,
  more: boolean,
  bodyBytes: number,
  padTo: number,
): number {
  into[0] = type;
  into[1] = (more ? FLAG_MORE : 0) | (padTo > 0 ? FLAG_PAD : 0);
  if (padTo === 0) return HEADER_BYTES;
  const unpadded = HEADER_BYTES + PAD_LENGTH_BYTES + bodyBytes;
  const padding = (padTo - (unpadded % padTo)) % padTo;
  const bodyStart = HEADER_BYTES + PAD_LENGTH_BYTES + padding;
  into[2] = padding >>> 8;
  into[3] = padding;
  into.fill(0, HEADER_BYTES + PAD_LENGTH_BYTES, bodyStart);
  return bodyStart;
}

export function encodeInner(type: number, body: Uint8Array, more = false, padTo = 0): Uint8Array {
  const unpadded = HEADER_BYTES + (padTo > 0 ? PAD_LENGTH_BYTES : 0) + body.length;
  const inner = new Uint8Array(padTo > 0 ? Math.ceil(unpadded / padTo) * padTo : unpadded);
  inner.set(body, writeInnerHeader(inner, type, more, body.length, padTo));
  return inner;
}

/** Throws `bad_frame` for a broken layout, `protocol_violation` for a fragment that cannot be. */
export function decodeInner(inner: Uint8Array): Inner {
  if (inner.length < HEADER_BYTES) throw new ChannelError("bad_frame", "record is empty");
  const type = inner[0] as number;
  const flags = inner[1] as number;
  if (flags > (FLAG_MORE | FLAG_PAD)) throw new ChannelError("bad_frame", "unknown record flags");
  const bodyStart = (flags & FLAG_PAD) === 0 ? HEADER_BYTES : skipPadding(inner);
  const more = (flags & FLAG_MORE) !== 0;
  const body = inner.subarray(bodyStart);
  if (more && type !== INNER.appText && type !== INNER.appBinary) {
    throw new ChannelError("protocol_violation", "a control record has fragments");
  }
  // An endless row of empty fragments would cost us time and nothing would ever come of it.
  if (more && body.length === 0) throw new ChannelError("protocol_violation", "a fragment is empty");
  return { type, more, body };
}

function skipPadding(inner: Uint8Array): number {
  const padding = (inner[HEADER_BYTES] ?? 0) * 0x100 + (inner[HEADER_BYTES + 1] ?? 0);
  const start = HEADER_BYTES + PAD_LENGTH_BYTES + padding;
  if (start > inner.length) throw new ChannelError("bad_frame", "padding is longer than the record");
  for (let at = HEADER_BYTES + PAD_LENGTH_BYTES; at < start; at++) {
    if (inner[at] !== 0) throw new ChannelError("bad_frame", "padding is not zero");
  }
  return start;
}
