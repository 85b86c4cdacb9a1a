import type { Random } from "../platform.ts";
import { concat, equalBytes } from "./bytes.ts";
import { ChannelError } from "./channel-error.ts";
import { BINDER_BYTES, type ClientHello, encodeClientHello, PIN_HINT_BYTES, type Transport } from "./client-hello.ts";
import type { ClientCrypto, EphemeralShare } from "./crypto.ts";
import { greaseType } from "./extensions.ts";
import { fingerprint, parseFingerprint } from "./identity.ts";
import { KEM_SECRET_BYTES, KEMS } from "./kem.ts";
import {
  earlySecret,
  handshakeSecret,
  pskBinder,
  type SessionSecrets,
  serverMac,
  sessionSecrets,
  signatureInput,
  transcriptHash,
} from "./key-schedule.ts";
import { comparePin, type IdentityCode, identityCode, type Pin, type PresentedIdentity } from "./pin.ts";
import { decodeServerHello, type ServerHello, type SignedServerHello } from "./server-hello.ts";
import { readStoredTicket, type StoredTicket } from "./stored-ticket.ts";
import { NONCE_BYTES, SUITE, VERSION } from "./wire.ts";

export interface ClientHandshakeOptions {
  readonly crypto: ClientCrypto;
  readonly random: Random;
  /** What was dialled: `tls` for wss. */
  readonly transport: Transport;
  /** Fresh, never used before; the channel erases it. `null` resumes with the ticket alone, without forward secrecy. */
  readonly share: EphemeralShare | null;
  readonly pin: Pin | null;
  /** Left out of the hello unless its fingerprint is that of the pin and it has not expired. */
  readonly ticket: StoredTicket | null;
  /** ASCII, at most 64 characters, such as `web/1.2.0`. */
  readonly clientInfo: string;
}

/** The pin says another server than the one that proved its identity. */
export class PinMismatch extends ChannelError {
  readonly presented: IdentityCode;

  constructor(presented: IdentityCode) {
    super("identity_error", "identity does not match the pin");
    this.presented = presented;
  }
}

export interface SentHello {
  readonly frame: Uint8Array;
  /** Of the ticket that was offered. */
  readonly psk: { readonly prk0: Uint8Array; readonly fingerprint: Uint8Array } | null;
}

/** CLIENT_HELLO. `null` when there is neither a share nor a ticket that may be used alone. */
export function sayHello(options: ClientHandshakeOptions, now: number): SentHello | null {
  const { crypto, random, share, pin } = options;
  const pinned = pin && parseFingerprint(pin.fingerprint);
  const stored = pinned && readStoredTicket(options.ticket, { fingerprint: pin.fingerprint, now });
  if (!share && !(stored && options.ticket?.pskOnly)) return null;
  const hello: ClientHello = {
    minVersion: VERSION,
    maxVersion: VERSION,
    nonce: random.bytes(NONCE_BYTES),
    transport: options.transport,
    suites: [SUITE],
    shares: share ? [{ kem: KEMS[share.kem].id, data: share.publicBytes }] : [],
    clientInfo: options.clientInfo,
    pinHint: pinned ? pinned.subarray(0, PIN_HINT_BYTES) : null,
    grease: greaseType(random.bytes(1)[0] as number),
    psk: stored
      ? { mode: share ? "psk_kem" : "psk_only", ticket: stored.ticket, binder: new Uint8Array(BINDER_BYTES) }
      : null,
  };
  const frame = encodeClientHello(hello);
  if (!stored || !pinned) return { frame, psk: null };
  const prk0 = earlySecret(crypto, stored.psk);
  const unbound = frame.subarray(0, frame.length - BINDER_BYTES);
  return { frame: concat(unbound, pskBinder(crypto, prk0, unbound)), psk: { prk0, fingerprint: pinned } };
}

export interface ClientSession {
  readonly secrets: SessionSecrets;
  readonly identity: PresentedIdentity;
}

/**
 * Checks SERVER_HELLO and derives the keys. The order is normative: what it says, who says it, whether that is whom we
 * know, and only then decryption; so nobody on the path can use the private key as an oracle. Throws `ChannelError`.
 */
export async function acceptServerHello(
  options: ClientHandshakeOptions,
  sent: SentHello,
  frame: Uint8Array,
): Promise<ClientSession> {
  const signed = decodeServerHello(frame);
  checkSelection(options, sent, signed.hello);
  const th1 = transcriptHash(options.crypto, sent.frame, signed.unsigned);
  const accepted =
    sent.psk && signed.hello.pskAccepted
      ? await acceptResumption(options, sent.psk, signed, th1)
      : await acceptFull(options, signed, th1);
  const th2 = transcriptHash(options.crypto, sent.frame, frame);
  return { secrets: sessionSecrets(options.crypto, accepted.prk1, th2), identity: accepted.identity };
}

/** Did the server choose from what was offered, as a server of this version would? */
function checkSelection(options: ClientHandshakeOptions, sent: SentHello, hello: ServerHello): void {
  const { share } = options;
  // The highest version that both know; anything lower was lowered on the way.
  if (hello.version !== VERSION || hello.maxVersion < VERSION) throw violation("version");
  if (hello.suite !== SUITE) throw violation("suite");
  if (hello.pskAccepted && !sent.psk) throw violation("PSK");
  // A resumption goes without a key exchange only where we offered none: leaving it out would cost forward secrecy.
  const kem = share && KEMS[share.kem];
  if (hello.kemUsed !== (kem !== null) || hello.kem !== (kem?.id ?? 0)) throw violation("key exchange");
  if (hello.kemCiphertext.length !== (kem?.ciphertextBytes ?? 0)) throw violation("ciphertext length");
  if (!kem && !hello.pskAccepted) throw violation("full handshake");
}

interface Accepted {
  readonly prk1: Uint8Array;
  readonly identity: PresentedIdentity;
}

async function acceptFull(
  options: ClientHandshakeOptions,
  { hello, auth }: SignedServerHello,
  th1: Uint8Array,
): Promise<Accepted> {
  const { crypto, pin } = options;
  const publicKey = hello.identity;
  if (!publicKey || !(await crypto.verify(publicKey, signatureInput(th1), auth))) throw untrusted();
  const presented = fingerprint(crypto, publicKey);
  const relation = await comparePin(crypto, pin, presented, hello.rotations);
  const code = identityCode(presented);
  if (relation === "mismatch") throw new PinMismatch(code);
  const prk1 = handshakeSecret(crypto, earlySecret(crypto, null), await decapsulate(options.share, hello));
  return { prk1, identity: { ...code, relation } };
}

/** The key exchange comes before the MAC here, since the MAC's key depends on it; the share answers only once. */
async function acceptResumption(
  options: ClientHandshakeOptions,
  psk: NonNullable<SentHello["psk"]>,
  { hello, auth }: SignedServerHello,
  th1: Uint8Array,
): Promise<Accepted> {
  const { crypto, pin } = options;
  const prk1 = handshakeSecret(crypto, psk.prk0, await decapsulate(options.share, hello));
  if (!equalBytes(auth, serverMac(crypto, prk1, th1))) throw untrusted();
  return { prk1, identity: { ...identityCode(psk.fingerprint), relation: pin?.verified ? "verified" : "match" } };
}

async function decapsulate(share: EphemeralShare | null, hello: ServerHello): Promise<Uint8Array | null> {
  if (!share) return null;
  let secret: Uint8Array;
  try {
    secret = await share.decapsulate(hello.kemCiphertext);
  } catch {
    throw untrusted();
  }
  if (secret.length !== KEM_SECRET_BYTES) throw untrusted();
  return secret;
}

/** One reason for a bad signature, MAC and ciphertext: whoever made it learns nothing from which it was. */
function untrusted(): ChannelError {
  return new ChannelError("identity_error", "SERVER_HELLO is not authentic");
}

function violation(what: string): ChannelError {
  return new ChannelError("protocol_violation", `SERVER_HELLO: ${what} was not offered`);
}
