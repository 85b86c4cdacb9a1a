import type { Random } from "../platform.ts";
import { concat, equalBytes, v16 } from "./bytes.ts";
import { ChannelError } from "./channel-error.ts";
import { BINDER_BYTES, type ClientHello, decodeClientHello, PIN_HINT_BYTES, type PskMode } from "./client-hello.ts";
import type { Encapsulated, ServerCrypto, SigningKey } from "./crypto.ts";
import { fingerprint } from "./identity.ts";
import { KEMS, type KemName } from "./kem.ts";
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
import { encodeUnsignedServerHello } from "./server-hello.ts";
import { openTicket, type TicketClaims, type TicketKeys } from "./ticket.ts";
import { NONCE_BYTES, SUITE, VERSION } from "./wire.ts";

export interface ServerHandshakeSettings {
  readonly crypto: ServerCrypto;
  readonly random: Random;
  readonly identity: SigningKey;
  readonly rotations: readonly Uint8Array[];
  readonly kems: readonly KemName[];
  readonly ticketKeys: TicketKeys;
}

/** A ticket that opened and whose binder proves that the sender holds its PSK. */
export interface Resumption {
  readonly mode: PskMode;
  readonly prk0: Uint8Array;
  readonly claims: TicketClaims;
}

export interface ReceivedHello {
  readonly frame: Uint8Array;
  readonly hello: ClientHello;
  readonly resumption: Resumption | null;
}

/** Everything about a CLIENT_HELLO that costs no asymmetric work. Throws `ChannelError`. */
export function receiveHello(settings: ServerHandshakeSettings, frame: Uint8Array, now: number): ReceivedHello {
  const hello = decodeClientHello(frame);
  if (hello.minVersion > VERSION || hello.maxVersion < VERSION) throw unsupported("version");
  if (!hello.suites.includes(SUITE)) throw unsupported("suite");
  return { frame, hello, resumption: findResumption(settings, frame, hello, now) };
}

function findResumption(
  settings: ServerHandshakeSettings,
  frame: Uint8Array,
  hello: ClientHello,
  now: number,
): Resumption | null {
  if (!hello.psk) return null;
  const { crypto, ticketKeys, identity } = settings;
  const { mode, ticket, binder } = hello.psk;
  const state = openTicket(crypto, ticketKeys, ticket, { fingerprint: fingerprint(crypto, identity.publicKey), now });
  if (!state) return null;
  if (mode === "psk_only" ? !state.pskOnly : !chooseShare(settings, hello)) return null;
  const prk0 = earlySecret(crypto, state.psk);
  const expected = pskBinder(crypto, prk0, frame.subarray(0, frame.length - BINDER_BYTES));
  if (!equalBytes(binder, expected)) throw new ChannelError("psk_rejected", "binder is wrong");
  return { mode, prk0, claims: state.claims };
}

export interface ServerAnswer {
  readonly frame: Uint8Array;
  readonly secrets: SessionSecrets;
}

/** SERVER_HELLO and the keys. `resumption` is `null` for a full handshake. Throws `ChannelError`. */
export function answerHello(
  settings: ServerHandshakeSettings,
  received: ReceivedHello,
  resumption: Resumption | null,
): ServerAnswer {
  const { crypto, identity } = settings;
  const exchange = resumption?.mode === "psk_only" ? null : exchangeKeys(settings, received.hello);
  const prk0 = resumption?.prk0 ?? earlySecret(crypto, null);
  const prk1 = handshakeSecret(crypto, prk0, exchange?.secret ?? null);
  const unsigned = encodeUnsignedServerHello({
    version: VERSION,
    nonce: settings.random.bytes(NONCE_BYTES),
    suite: SUITE,
    pskAccepted: resumption !== null,
    kemUsed: exchange !== null,
    maxVersion: VERSION,
    kem: exchange ? KEMS[exchange.kem].id : 0,
    kemCiphertext: exchange?.ciphertext ?? new Uint8Array(0),
    identity: resumption ? null : identity.publicKey,
    rotations: resumption ? [] : rotationsFor(settings, received.hello),
  });
  const th1 = transcriptHash(crypto, received.frame, unsigned);
  const auth = resumption ? serverMac(crypto, prk1, th1) : identity.sign(signatureInput(th1));
  const frame = concat(unsigned, v16(auth));
  return { frame, secrets: sessionSecrets(crypto, prk1, transcriptHash(crypto, received.frame, frame)) };
}

function exchangeKeys(settings: ServerHandshakeSettings, hello: ClientHello): Encapsulated & { readonly kem: KemName } {
  const choice = chooseShare(settings, hello);
  if (choice) return { kem: choice.kem, ...settings.crypto.encapsulate(choice.kem, choice.data, settings.random) };
  // A client that relied on its ticket alone has to come back with a key; any other has none that we allow.
  if (hello.psk && hello.shares.length === 0) throw new ChannelError("psk_rejected", "ticket is not usable");
  throw unsupported("key exchange");
}

function chooseShare(
  settings: ServerHandshakeSettings,
  hello: ClientHello,
): { readonly kem: KemName; readonly data: Uint8Array } | null {
  for (const kem of settings.kems) {
    const share = hello.shares.find((each) => each.kem === KEMS[kem].id);
    if (share) return { kem, data: share.data };
  }
  return null;
}

function rotationsFor({ crypto, identity, rotations }: ServerHandshakeSettings, hello: ClientHello) {
  if (!hello.pinHint) return [];
  const current = fingerprint(crypto, identity.publicKey).subarray(0, PIN_HINT_BYTES);
  return equalBytes(hello.pinHint, current) ? [] : rotations;
}

function unsupported(what: string): ChannelError {
  return new ChannelError("unsupported", `no ${what} in common`);
}
