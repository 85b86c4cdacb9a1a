import { concat, u8, u16, u32, utf8 } from "./bytes.ts";
import type { Hashing } from "./crypto.ts";

/** HKDF-SHA256 in the manner of RFC 8446 section 7.1 (SPEC K1..). */
const ZERO = new Uint8Array(32);
const EMPTY = new Uint8Array(0);
const SIGNATURE_CONTEXT = concat(new Uint8Array(64).fill(0x20), utf8("IMSC/1 server handshake"), u8(0));
const HASH_BYTES = 32;

/** The info of HKDF-Expand up to its context, by label; there are a dozen labels. */
const labels = new Map<string, Uint8Array>();

function labelInfo(label: string, length: number): Uint8Array {
  const name = `${label}:${length}`;
  let info = labels.get(name);
  if (!info) {
    const text = utf8(`imsc1 ${label}`);
    info = concat(u16(length), u8(text.length), text);
    labels.set(name, info);
  }
  return info;
}

/** XL of the specification; one block of HKDF-Expand, so `length` is at most 32. */
export function expandLabel(
  hashing: Hashing,
  secret: Uint8Array,
  label: string,
  context: Uint8Array,
  length: number,
): Uint8Array {
  const info = concat(labelInfo(label, length), u8(context.length), context, u8(1));
  const block = hashing.hmac(secret, info);
  // A copy, since a small array of its own costs a connection a third of what a view of a Buffer does.
  return new Uint8Array(length === HASH_BYTES ? block : block.subarray(0, length));
}

/** PRK0; `null` without a PSK. */
export function earlySecret(hashing: Hashing, psk: Uint8Array | null): Uint8Array {
  return hashing.hmac(ZERO, psk ?? ZERO);
}

/** PRK1, from which everything else comes. */
export function handshakeSecret(hashing: Hashing, prk0: Uint8Array, kemSecret: Uint8Array | null): Uint8Array {
  return hashing.hmac(expandLabel(hashing, prk0, "derived", EMPTY, 32), kemSecret ?? ZERO);
}

/** Over the hello up to and without the binder. */
export function pskBinder(hashing: Hashing, prk0: Uint8Array, helloBeforeBinder: Uint8Array): Uint8Array {
  return hashing.hmac(expandLabel(hashing, prk0, "res binder", EMPTY, 32), hashing.sha256(helloBeforeBinder));
}

/** TH1 with the unsigned part of SERVER_HELLO, TH2 with all of it. */
export function transcriptHash(hashing: Hashing, clientHello: Uint8Array, serverHello: Uint8Array): Uint8Array {
  return hashing.sha256(concat(u32(clientHello.length), clientHello, u32(serverHello.length), serverHello));
}

/** What the identity key signs. */
export function signatureInput(th1: Uint8Array): Uint8Array {
  return concat(SIGNATURE_CONTEXT, th1);
}

/** Proves the server in a resumption. */
export function serverMac(hashing: Hashing, prk1: Uint8Array, th1: Uint8Array): Uint8Array {
  return hashing.hmac(expandLabel(hashing, prk1, "s finished", EMPTY, 32), th1);
}

/** Body of FINISHED: proves the client. */
export function clientMac(hashing: Hashing, prk1: Uint8Array, th2: Uint8Array): Uint8Array {
  return hashing.hmac(expandLabel(hashing, prk1, "c finished", EMPTY, 32), th2);
}

export interface SessionSecrets {
  readonly clientTraffic: Uint8Array;
  readonly serverTraffic: Uint8Array;
  readonly resumption: Uint8Array;
  /** Name `imsc-exporter`: what SCRAM binds a sign-in to. */
  readonly binding: Uint8Array;
  readonly clientMac: Uint8Array;
}

export function sessionSecrets(hashing: Hashing, prk1: Uint8Array, th2: Uint8Array): SessionSecrets {
  const exporter = expandLabel(hashing, prk1, "exporter", th2, 32);
  return {
    clientTraffic: expandLabel(hashing, prk1, "c traffic", th2, 32),
    serverTraffic: expandLabel(hashing, prk1, "s traffic", th2, 32),
    resumption: expandLabel(hashing, prk1, "resumption", th2, 32),
    binding: exportSecret(hashing, exporter, "channel binding", EMPTY, 32),
    clientMac: clientMac(hashing, prk1, th2),
  };
}

export function exportSecret(
  hashing: Hashing,
  exporter: Uint8Array,
  label: string,
  context: Uint8Array,
  length: number,
): Uint8Array {
  return expandLabel(hashing, exporter, `exp ${label}`, hashing.sha256(context), length);
}

export function ticketPsk(hashing: Hashing, resumption: Uint8Array, ticketNonce: Uint8Array): Uint8Array {
  return expandLabel(hashing, resumption, "psk", ticketNonce, 32);
}
