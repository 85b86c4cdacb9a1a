import { concat, u8, u16, v16 } from "./bytes.ts";
import { ChannelError } from "./channel-error.ts";
import { decodeExtensions, EXTENSION, type Extension, encodeExtensions } from "./extensions.ts";
import { Reader } from "./reader.ts";
import { ROTATION_BYTES, ROTATIONS_MAX } from "./rotation.ts";
import { FRAME, HELLO_MAX_BYTES, NONCE_BYTES } from "./wire.ts";

export interface ServerHello {
  readonly version: number;
  readonly nonce: Uint8Array;
  readonly suite: number;
  readonly pskAccepted: boolean;
  readonly kemUsed: boolean;
  /** Highest version that the server speaks: shows a client that somebody lowered the range in between. */
  readonly maxVersion: number;
  /** 0 where no key exchange took place. */
  readonly kem: number;
  readonly kemCiphertext: Uint8Array;
  /** Ed25519 public key; absent only where the PSK proves the identity. */
  readonly identity: Uint8Array | null;
  readonly rotations: readonly Uint8Array[];
}

const FLAG_PSK_ACCEPTED = 1;
const FLAG_KEM_USED = 2;
const IDENTITY_ED25519 = 1;
const PUBLIC_KEY_BYTES = 32;
export const SIGNATURE_BYTES = 64;
export const MAC_BYTES = 32;

/** Everything before `auth`: what the signature or MAC covers. */
export function encodeUnsignedServerHello(hello: ServerHello): Uint8Array {
  const extensions: Extension[] = [];
  if (hello.identity) extensions.push([EXTENSION.identity, concat(u8(IDENTITY_ED25519), hello.identity)]);
  if (hello.rotations.length > 0) extensions.push([EXTENSION.rotation, concat(...hello.rotations)]);
  return concat(
    u8(FRAME.serverHello),
    u8(hello.version),
    hello.nonce,
    u16(hello.suite),
    u8((hello.pskAccepted ? FLAG_PSK_ACCEPTED : 0) | (hello.kemUsed ? FLAG_KEM_USED : 0)),
    u8(hello.maxVersion),
    u16(hello.kem),
    v16(hello.kemCiphertext),
    encodeExtensions(extensions),
  );
}

export interface SignedServerHello {
  readonly hello: ServerHello;
  /** The part of the frame that `auth` covers. */
  readonly unsigned: Uint8Array;
  readonly auth: Uint8Array;
}

/** Throws `ChannelError`: `too_big`, or `bad_frame` for whatever breaks the layout. */
export function decodeServerHello(frame: Uint8Array): SignedServerHello {
  if (frame.length > HELLO_MAX_BYTES) throw new ChannelError("too_big", "SERVER_HELLO is too long");
  const reader = new Reader(frame);
  if (reader.u8() !== FRAME.serverHello) throw malformed("not a SERVER_HELLO");
  const version = reader.u8();
  const nonce = reader.take(NONCE_BYTES);
  const suite = reader.u16();
  const flags = reader.u8();
  if (flags > (FLAG_PSK_ACCEPTED | FLAG_KEM_USED)) throw malformed("unknown flags");
  const maxVersion = reader.u8();
  const kem = reader.u16();
  const kemCiphertext = reader.v16();
  const extensions = decodeExtensions(reader.v16());
  const unsigned = frame.subarray(0, reader.offset);
  const auth = reader.v16();
  reader.end();
  const pskAccepted = (flags & FLAG_PSK_ACCEPTED) !== 0;
  const identity = decodeIdentity(extensions.get(EXTENSION.identity));
  if (!pskAccepted && !identity) throw malformed("no identity");
  if (auth.length !== (pskAccepted ? MAC_BYTES : SIGNATURE_BYTES)) throw malformed("auth has the wrong length");
  const kemUsed = (flags & FLAG_KEM_USED) !== 0;
  const rotations = decodeRotations(extensions.get(EXTENSION.rotation));
  return {
    hello: { version, nonce, suite, pskAccepted, kemUsed, maxVersion, kem, kemCiphertext, identity, rotations },
    unsigned,
    auth,
  };
}

function decodeIdentity(data: Uint8Array | undefined): Uint8Array | null {
  if (!data) return null;
  if (data.length !== 1 + PUBLIC_KEY_BYTES || data[0] !== IDENTITY_ED25519) throw malformed("unknown kind of identity");
  return data.subarray(1);
}

function decodeRotations(data: Uint8Array | undefined): Uint8Array[] {
  if (!data) return [];
  const count = data.length / ROTATION_BYTES;
  if (!Number.isInteger(count) || count < 1 || count > ROTATIONS_MAX) throw malformed("length of the rotation chain");
  return Array.from({ length: count }, (_, i) => data.subarray(i * ROTATION_BYTES, (i + 1) * ROTATION_BYTES));
}

function malformed(detail: string): ChannelError {
  return new ChannelError("bad_frame", `SERVER_HELLO: ${detail}`);
}
