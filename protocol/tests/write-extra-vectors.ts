import { createHash, generateKeyPairSync } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { toHex } from "../src/secure/bytes.ts";
import { type ClientHello, decodeClientHello, encodeClientHello } from "../src/secure/client-hello.ts";
import { encodeNotice } from "../src/secure/close-notify.ts";
import { encodeInner } from "../src/secure/inner.ts";
import { KEMS } from "../src/secure/kem.ts";
import {
  clientMac,
  earlySecret,
  expandLabel,
  handshakeSecret,
  sessionSecrets,
  ticketPsk,
  transcriptHash,
} from "../src/secure/key-schedule.ts";
import { pureHashing } from "../src/secure/pure-hashing.ts";
import { answerHello } from "../src/secure/server-handshake.ts";
import { decodeServerHello } from "../src/secure/server-hello.ts";
import { recordNonce } from "../src/secure/traffic.ts";
import { INNER, INNER_MAX_BYTES } from "../src/secure/wire.ts";
import { flipped, serverSettings } from "./channel-rig.ts";
import { hex, type RsaNumbers } from "./providers.ts";
import { pureServer, scriptedRandom } from "./pure-server.ts";
import { type HandshakeCase, vectors } from "./vectors.ts";

/**
 * Writes `vectors/imsc1-more.json`: `node protocol/dist/tests/write-extra-vectors.js`. Everything but the RSA-3072 key,
 * which is kept once made, follows from fixed bytes.
 */
const FILE = new URL("../../vectors/imsc1-more.json", import.meta.url);
const EMPTY = new Uint8Array(0);
const from = (start: number, length = 32) => Uint8Array.from({ length }, (_, i) => start + i);
const identity = pureServer.signingKey(hex(vectors.identity.seed));

function rsa3072Key(): RsaNumbers {
  if (existsSync(FILE))
    return (JSON.parse(readFileSync(FILE, "utf8")) as { rsa3072_test_key: RsaNumbers }).rsa3072_test_key;
  const jwk = generateKeyPairSync("rsa", { modulusLength: 3072 }).privateKey.export({ format: "jwk" });
  const number = (name: string) => Buffer.from(jwk[name] as string, "base64url").toString("hex");
  const { n, d, p, q, dp, dq, qi } = Object.fromEntries(
    ["n", "d", "p", "q", "dp", "dq", "qi"].map((name) => [name, number(name)]),
  ) as Omit<RsaNumbers, "e">;
  return { n, e: "010001", d, p, q, dp, dq, qi };
}

const rsa3072 = rsa3072Key();

function hello(nonce: number, more: Partial<ClientHello>): Uint8Array {
  return encodeClientHello({
    minVersion: 1,
    maxVersion: 1,
    nonce: from(nonce),
    transport: "plain",
    suites: [1],
    shares: [],
    clientInfo: null,
    pinHint: null,
    grease: null,
    psk: null,
    ...more,
  });
}

interface Input {
  readonly name: string;
  readonly frame: Uint8Array;
  readonly kemSecret: Uint8Array;
  readonly random: readonly Uint8Array[];
  readonly more: Record<string, string>;
}

/** A handshake in all its steps, in the form of `imsc1.json`. */
function handshakeCase({ name, frame, kemSecret, random, more }: Input): HandshakeCase & Record<string, unknown> {
  const settings = { ...serverSettings({ crypto: pureServer, identity }), random: scriptedRandom(...random) };
  const answer = answerHello(settings, { frame, hello: decodeClientHello(frame), resumption: null }, null);
  const { unsigned } = decodeServerHello(answer.frame);
  const prk1 = handshakeSecret(pureHashing, earlySecret(pureHashing, null), kemSecret);
  const th2 = transcriptHash(pureHashing, frame, answer.frame);
  const secrets = sessionSecrets(pureHashing, prk1, th2);
  const client = traffic(secrets.clientTraffic);
  const server = traffic(secrets.serverTraffic);
  const records = [
    record("s2c", server, 0, encodeInner(INNER.ready, EMPTY)),
    record("c2s", client, 1, encodeInner(INNER.appText, new TextEncoder().encode('{"op":"ping"}'))),
  ];
  const ticketNonce = from(0xb0, 16);
  const ticket = from(0xa0, 48);
  const body = Uint8Array.of(0, 0x09, 0x3a, 0x80, 2, ...ticketNonce, 0, 48, ...ticket);
  return {
    name,
    client_hello: toHex(frame),
    server_hello: toHex(answer.frame),
    prk1: toHex(prk1),
    th1: toHex(transcriptHash(pureHashing, frame, unsigned)),
    th2: toHex(th2),
    c_traffic_0: toHex(secrets.clientTraffic),
    s_traffic_0: toHex(secrets.serverTraffic),
    exporter: toHex(expandLabel(pureHashing, prk1, "exporter", th2, 32)),
    resumption: toHex(secrets.resumption),
    channel_binding: toHex(secrets.binding),
    c_key_0: toHex(client.key),
    c_iv_0: toHex(client.iv),
    s_key_0: toHex(server.key),
    s_iv_0: toHex(server.iv),
    finished_record: record("c2s", client, 0, encodeInner(INNER.finished, clientMac(pureHashing, prk1, th2))).frame,
    records,
    ticket: {
      frame: record("s2c", server, 2, encodeInner(INNER.ticket, body)).frame,
      ticket_nonce: toHex(ticketNonce),
      ticket: toHex(ticket),
      psk: toHex(ticketPsk(pureHashing, secrets.resumption, ticketNonce)),
    },
    ...more,
  };
}

interface Keys {
  readonly key: Uint8Array;
  readonly iv: Uint8Array;
}

function traffic(secret: Uint8Array): Keys {
  return {
    key: expandLabel(pureHashing, secret, "key", EMPTY, 16),
    iv: expandLabel(pureHashing, secret, "iv", EMPTY, 12),
  };
}

function seal({ key, iv }: Keys, seq: number, inner: Uint8Array, epoch = 0): Uint8Array {
  return pureServer.seal(key, recordNonce(iv, seq, new Uint8Array(12)), Uint8Array.of(0x10, epoch), inner);
}

function record(dir: "c2s" | "s2c", keys: Keys, seq: number, inner: Uint8Array) {
  return { dir, epoch: 0, seq, inner: toHex(inner), frame: toHex(seal(keys, seq, inner)) };
}

const x25519Case = vectors.cases[1] as HandshakeCase;
const x25519Hello = hex(x25519Case.client_hello);
const x25519Share = decodeClientHello(x25519Hello).shares[0]?.data as Uint8Array;

const cases = [
  handshakeCase({
    name: "full RSA-3072",
    frame: hello(0x00, { shares: [{ kem: KEMS.rsa3072.id, data: hex(rsa3072.n) }] }),
    kemSecret: from(0x80),
    random: [from(0x80), from(0xd0), from(0x20)],
    more: { kem_ss: toHex(from(0x80)) },
  }),
  handshakeCase({
    name: "full RSA-2048 with GREASE, client info and PIN_HINT",
    frame: hello(0x00, {
      transport: "tls",
      suites: [0x4a4a, 1],
      shares: [{ kem: KEMS.rsa2048.id, data: hex(vectors.rsa_test_key.n) }],
      grease: 0x2a2a,
      clientInfo: "web/1.2.0",
      pinHint: hex(vectors.identity.fingerprint).slice(0, 8),
    }),
    kemSecret: from(0x80),
    random: [from(0x80), from(0xd0), from(0x20)],
    more: { kem_ss: toHex(from(0x80)) },
  }),
];

/** Records of fixed keys at the edges. */
const edgeKeys: Keys = { key: from(0x10, 16), iv: from(0x30, 12) };
const text = encodeInner(INNER.appText, new TextEncoder().encode("edge"));
const largest = encodeInner(
  INNER.appBinary,
  Uint8Array.from({ length: INNER_MAX_BYTES - 2 }, (_, i) => i & 0xff),
);
const edges = {
  note: "seq is decimal; the largest record has a body of 65534 bytes that count 00 01 .. ff 00 ..",
  key: toHex(edgeKeys.key),
  iv: toHex(edgeKeys.iv),
  records: ["0", "4294967295", "4294967296", "4294967297"].map((seq) => ({
    seq,
    nonce: toHex(recordNonce(edgeKeys.iv, Number(seq), new Uint8Array(12))),
    inner: toHex(text),
    frame: toHex(seal(edgeKeys, Number(seq), text)),
  })),
  largest: {
    seq: "0",
    inner_sha256: createHash("sha256").update(largest).digest("hex"),
    frame_bytes: seal(edgeKeys, 0, largest).length,
    frame_sha256: createHash("sha256")
      .update(seal(edgeKeys, 0, largest))
      .digest("hex"),
  },
};

interface Refused {
  readonly name: string;
  readonly frames: readonly string[];
  readonly close: number;
}

const refused = (name: string, close: number, ...frames: readonly Uint8Array[]): Refused => ({
  name,
  frames: frames.map(toHex),
  close,
});

function patched(frame: Uint8Array, at: number, ...bytes: readonly number[]): Uint8Array {
  const copy = frame.slice();
  copy.set(bytes, at);
  return copy;
}

const grease = { grease: 0x1a1a, shares: [{ kem: KEMS.x25519.id, data: x25519Share }] };
const greased = hello(0, grease);
/** Shares of the hello of case "full X25519" start here: n_shares, kem_id, length, data. */
const SHARES_AT = 43;
const rsaHello = (n: Uint8Array) => hello(0, { shares: [{ kem: KEMS.rsa2048.id, data: n }] });
const n = hex(vectors.rsa_test_key.n);

/** To a server that waits for CLIENT_HELLO, knows RSA-2048, RSA-3072 and X25519 and has no ticket keys. */
const hellos = [
  refused("empty frame", 4109, EMPTY),
  refused("a RECORD first", 4109, hex(x25519Case.finished_record)),
  refused("magic", 4100, patched(x25519Hello, 1, 0x4a)),
  refused("version range is empty", 4100, patched(x25519Hello, 5, 2, 1)),
  refused("only later versions", 4106, patched(x25519Hello, 5, 2, 3)),
  refused("transport 2", 4100, patched(x25519Hello, 39, 2)),
  refused("no suites", 4100, patched(x25519Hello, 40, 0)),
  refused("unknown suite alone", 4106, patched(x25519Hello, 41, 0x13, 0x01)),
  refused("three shares", 4100, patched(x25519Hello, SHARES_AT, 3)),
  refused("no share", 4106, hello(0, {})),
  refused("unknown key exchange", 4106, patched(x25519Hello, SHARES_AT + 1, 0x7f, 0x7f)),
  refused("share twice", 4100, hello(0, { shares: [1, 2].map(() => ({ kem: KEMS.x25519.id, data: x25519Share })) })),
  refused("cut off", 4100, x25519Hello.subarray(0, -1)),
  refused("trailing byte", 4100, Uint8Array.of(...x25519Hello, 0)),
  refused("extension twice", 4100, withExtensions(x25519Hello, [0x1a, 0x1a, 0, 0, 0x1a, 0x1a, 0, 0])),
  refused("extension longer than the rest", 4100, withExtensions(x25519Hello, [0x1a, 0x1a, 0, 9])),
  refused("client info of 65 bytes", 4100, hello(0, { ...grease, clientInfo: "x".repeat(65) })),
  refused("client info with a line feed", 4100, hello(0, { ...grease, clientInfo: "a\nb" })),
  refused("PIN_HINT of 7 bytes", 4100, hello(0, { ...grease, pinHint: from(0, 7) })),
  refused(
    "PSK is not last",
    4100,
    withExtensions(x25519Hello, [0xff, 0xf0, 0, 35, 1, 0, 0, ...from(0), 0x1a, 0x1a, 0, 0]),
  ),
  refused("PSK mode 2", 4100, withExtensions(x25519Hello, [0xff, 0xf0, 0, 35, 2, 0, 0, ...from(0)])),
  refused(
    "unusable ticket and no share",
    4131,
    hello(0, { psk: { mode: "psk_only", ticket: from(0xa0, 48), binder: from(0) } }),
  ),
  refused("RSA share of 255 bytes", 4106, rsaHello(n.subarray(1))),
  refused("RSA modulus with a clear top bit", 4106, rsaHello(flipped(n, 7))),
  refused("RSA modulus that is even", 4106, rsaHello(flipped(n, 255 * 8))),
  refused("X25519 share 0", 4106, patched(x25519Hello, SHARES_AT + 5, ...new Uint8Array(32))),
  refused("X25519 share 1", 4106, patched(x25519Hello, SHARES_AT + 5, 1, ...new Uint8Array(31))),
  refused("4097 bytes", 4113, patched(new Uint8Array(4097), 0, 1)),
];

function withExtensions(frame: Uint8Array, extensions: readonly number[]): Uint8Array {
  return Uint8Array.of(...frame.subarray(0, -2), extensions.length >> 8, extensions.length & 255, ...extensions);
}

const x25519Answer = hex(x25519Case.server_hello);

/** To a client without a pin that has sent the hello of case "full X25519". */
const answers = [
  refused("version 2", 4109, patched(x25519Answer, 1, 2)),
  refused("suite that was not offered", 4109, patched(x25519Answer, 34, 0, 2)),
  refused("unknown flag", 4100, patched(x25519Answer, 36, 6)),
  refused("PSK that was not offered", 4100, patched(x25519Answer, 36, 3)),
  refused("no key exchange", 4109, patched(x25519Answer, 36, 0)),
  refused("srv_ver_max 0", 4109, patched(x25519Answer, 37, 0)),
  refused("key exchange that was not offered", 4109, patched(x25519Answer, 38, 0, 1)),
  refused("another server nonce", 4141, flipped(x25519Answer, 2 * 8)),
  refused("another ciphertext", 4141, flipped(x25519Answer, 42 * 8)),
  refused("another identity", 4141, flipped(x25519Answer, 90 * 8)),
  refused("another signature", 4141, flipped(x25519Answer, x25519Answer.length * 8 - 8)),
  refused("cut off", 4100, x25519Answer.subarray(0, -1)),
  refused("trailing byte", 4100, Uint8Array.of(...x25519Answer, 0)),
  refused("a RECORD first", 4109, hex(x25519Case.finished_record)),
];

const clientKeys: Keys = { key: hex(x25519Case.c_key_0), iv: hex(x25519Case.c_iv_0) };
const serverKeys: Keys = { key: hex(x25519Case.s_key_0), iv: hex(x25519Case.s_iv_0) };
const finished = hex(x25519Case.finished_record);
const sealed = (seq: number, ...inner: readonly number[]) => seal(clientKeys, seq, Uint8Array.from(inner));
const ping = sealed(1, 0x10, 0, 0x7b, 0x7d);

/** To a server that has answered the hello of case "full X25519". */
const records = [
  refused("text before FINISHED", 4109, sealed(0, 0x10, 0, 0x61)),
  refused("wrong FINISHED", 4118, sealed(0, 1, 0, ...from(0))),
  refused("FINISHED of 31 bytes", 4118, sealed(0, 1, 0, ...from(0, 31))),
  refused("flipped FINISHED", 4101, flipped(finished, 100)),
  refused("FINISHED replayed", 4101, finished, finished),
  refused("record replayed", 4101, finished, ping, ping),
  refused("record dropped", 4101, finished, sealed(2, 0x10, 0, 0x61)),
  refused("record reflected", 4101, finished, seal(serverKeys, 1, Uint8Array.of(0x10, 0, 0x61))),
  refused("flipped tag", 4101, finished, flipped(ping, ping.length * 8 - 1)),
  refused("another epoch", 4101, finished, patched(ping, 1, 1)),
  refused("shorter than a tag", 4101, finished, ping.subarray(0, 12)),
  refused("another frame type", 4109, finished, patched(ping, 0, 0x20)),
  refused("empty plaintext", 4100, finished, sealed(1)),
  refused("unknown flags", 4100, finished, sealed(1, 0x10, 4)),
  refused("padding that is not zero", 4100, finished, sealed(1, 0x10, 2, 0, 1, 1, 0x61)),
  refused("padding beyond the record", 4100, finished, sealed(1, 0x10, 2, 0, 9, 0)),
  refused("unknown record type", 4109, finished, sealed(1, 0x33, 0)),
  refused("FINISHED again", 4109, finished, sealed(1, 1, 0, ...from(0))),
  refused("READY from a client", 4109, finished, sealed(1, 2, 0)),
  refused("TICKET from a client", 4109, finished, sealed(1, 3, 0)),
  refused("KEY_UPDATE 02", 4100, finished, sealed(1, 4, 0, 2)),
  refused("PING of 7 bytes", 4100, finished, sealed(1, 6, 0, ...from(0, 7))),
  refused("PING in fragments", 4109, finished, sealed(1, 6, 1, ...from(0, 8))),
  refused("empty fragment", 4109, finished, sealed(1, 0x10, 1)),
  refused("fragments of two types", 4109, finished, sealed(1, 0x10, 1, 0x61), sealed(2, 0x11, 0, 0x61)),
  refused("text that is not UTF-8", 4100, finished, sealed(1, 0x10, 0, 0xc3, 0x28)),
  refused("old key after KEY_UPDATE", 4101, finished, sealed(1, 4, 0, 0), sealed(2, 0x10, 0, 0x61)),
  refused("17 key updates in a minute", 4129, finished, ...seventeenUpdates(hex(x25519Case.c_traffic_0))),
];

function seventeenUpdates(secret: Uint8Array): Uint8Array[] {
  let current = secret;
  return Array.from({ length: 17 }, (_, epoch) => {
    const frame = seal(traffic(current), epoch === 0 ? 1 : 0, Uint8Array.of(4, 0, 0), epoch);
    current = expandLabel(pureHashing, current, "upd", EMPTY, 32);
    return frame;
  });
}

const more = {
  spec: "IMSC/1",
  note: "Test values only; made by protocol/tests/write-extra-vectors.ts, in the form of imsc1.json. OAEP seed d0..ef.",
  rsa3072_test_key: rsa3072,
  cases,
  edges,
  close_notify: { code: 4150, reason: "bye", body: toHex(encodeNotice("restart", "bye")) },
  grease_is_ignored: toHex(greased),
  refused: {
    note: "frames go to the receiver one after the other; the last one makes it close with this code",
    hellos,
    answers,
    records,
  },
};

writeFileSync(FILE, `${JSON.stringify(more, null, 1)}\n`);
