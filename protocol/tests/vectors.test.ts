import assert from "node:assert/strict";
import { test } from "node:test";
import { toHex } from "../src/secure/bytes.ts";
import { acceptServerHello, type ClientHandshakeOptions, type SentHello } from "../src/secure/client-handshake.ts";
import { BINDER_BYTES, decodeClientHello, encodeClientHello } from "../src/secure/client-hello.ts";
import type { EphemeralShare } from "../src/secure/crypto.ts";
import { nodeCrypto } from "../src/secure/crypto-node.ts";
import { fingerprint, fingerprintText, parseFingerprint, shortCode } from "../src/secure/identity.ts";
import { encodeInner } from "../src/secure/inner.ts";
import { KEMS } from "../src/secure/kem.ts";
import { earlySecret, expandLabel, pskBinder, ticketPsk, transcriptHash } from "../src/secure/key-schedule.ts";
import { makeRotation, readRotation, rotationLeads } from "../src/secure/rotation.ts";
import { scramFakeSalt, scramKeys, scramProve, scramVerify } from "../src/secure/scram.ts";
import { answerHello } from "../src/secure/server-handshake.ts";
import { decodeServerHello } from "../src/secure/server-hello.ts";
import { decodeTicketMessage } from "../src/secure/ticket-message.ts";
import { IV_BYTES, recordNonce } from "../src/secure/traffic.ts";
import { INNER } from "../src/secure/wire.ts";
import { random, serverSettings } from "./channel-rig.ts";
import { hex, PROVIDERS, type TestedProvider, x25519Public } from "./providers.ts";
import { pureServer, scriptedRandom } from "./pure-server.ts";
import { type HandshakeCase, moreVectors, scramVector, vectors } from "./vectors.ts";

const EMPTY = new Uint8Array(0);
const more = moreVectors();
const cases = [...vectors.cases, ...more.cases];

for (const provider of PROVIDERS) {
  for (const vector of cases) {
    test(`[H12] [K4] ${provider.name}: ${vector.name} gives the secrets of the vector`, async () => {
      const { secrets } = await accept(provider, vector);
      assert.equal(toHex(secrets.clientTraffic), vector.c_traffic_0);
      assert.equal(toHex(secrets.serverTraffic), vector.s_traffic_0);
      assert.equal(toHex(secrets.resumption), vector.resumption);
      assert.equal(toHex(secrets.binding), vector.channel_binding);
    });

    test(`[R1] [R2] [K5] ${provider.name}: ${vector.name} seals and opens the records of the vector`, async () => {
      const { crypto } = provider;
      const finished = (await accept(provider, vector)).secrets.clientMac;
      const sealing = { dir: "c2s" as const, epoch: 0, seq: 0, inner: toHex(encodeInner(INNER.finished, finished)) };
      for (const record of [{ ...sealing, frame: vector.finished_record }, ...vector.records]) {
        const { key, iv } = recordKey(vector, record.dir, record.epoch);
        const nonce = recordNonce(iv, record.seq, new Uint8Array(IV_BYTES));
        const frame = await crypto.seal(key, nonce, Uint8Array.of(0x10, record.epoch), hex(record.inner));
        assert.equal(toHex(frame), record.frame);
        assert.equal(toHex((await crypto.open(key, nonce, 2, frame)) ?? EMPTY), record.inner);
      }
    });
  }
}

for (const vector of cases) {
  test(`[H2] [H10] ${vector.name}: hellos decode and encode to the same bytes`, () => {
    const hello = decodeClientHello(hex(vector.client_hello));
    // What GREASE there was is not kept, since it means nothing.
    const grease = vector.name.includes("GREASE") ? 0x2a2a : null;
    assert.equal(toHex(encodeClientHello({ ...hello, grease })), vector.client_hello);
    const { unsigned, auth } = decodeServerHello(hex(vector.server_hello));
    assert.equal(toHex(unsigned) + (auth.length === 64 ? "0040" : "0020") + toHex(auth), vector.server_hello);
    assert.equal(toHex(transcriptHash(nodeCrypto, hex(vector.client_hello), unsigned)), vector.th1);
    assert.equal(toHex(transcriptHash(nodeCrypto, hex(vector.client_hello), hex(vector.server_hello))), vector.th2);
  });

  test(`[H11] ${vector.name}: a server with the same randomness says the same`, () => {
    const frame = hex(vector.client_hello);
    const hello = decodeClientHello(frame);
    const resumption = hello.psk && {
      mode: hello.psk.mode,
      prk0: earlySecret(pureServer, hex(vector.psk ?? "")),
      claims: { userId: "", deviceId: "", sessionId: "" },
    };
    const settings = {
      ...serverSettings({ crypto: pureServer, identity: pureServer.signingKey(hex(vectors.identity.seed)) }),
      random: scriptedRandom(...serverRandomness(vector)),
    };
    const answer = answerHello(settings, { frame, hello, resumption }, resumption);
    assert.equal(toHex(answer.frame), vector.server_hello);
    assert.equal(toHex(answer.secrets.binding), vector.channel_binding);
  });

  test(`[K3] [K6] ${vector.name}: binder and the PSK of its ticket`, () => {
    const frame = hex(vector.client_hello);
    const { psk } = decodeClientHello(frame);
    if (psk) {
      const prk0 = earlySecret(nodeCrypto, hex(vector.psk ?? ""));
      const binder = pskBinder(nodeCrypto, prk0, frame.subarray(0, -BINDER_BYTES));
      assert.equal(toHex(binder), toHex(psk.binder));
    }
    const { ticket_nonce, psk: ticketSecret } = vector.ticket;
    assert.equal(toHex(ticketPsk(nodeCrypto, hex(vector.resumption), hex(ticket_nonce))), ticketSecret);
  });

  test(`[T1] ${vector.name}: the TICKET record opens`, () => {
    const { key, iv } = recordKey(vector, "s2c", 0);
    const nonce = recordNonce(iv, 2, new Uint8Array(IV_BYTES));
    const inner = nodeCrypto.open(key, nonce, 2, hex(vector.ticket.frame));
    assert.ok(inner);
    assert.equal(inner[0], INNER.ticket);
    const message = decodeTicketMessage(inner.subarray(2));
    assert.equal(toHex(message.ticket), vector.ticket.ticket);
    assert.equal(toHex(message.nonce), vector.ticket.ticket_nonce);
  });
}

test("[I2] [I3] fingerprint, its text and its short code", () => {
  const { pub, fingerprint: expected, text, short } = vectors.identity;
  const bytes = fingerprint(nodeCrypto, hex(pub));
  assert.equal(toHex(bytes), expected);
  assert.equal(fingerprintText(bytes), text);
  assert.equal(shortCode(bytes), short);
  const pasted = parseFingerprint(` ${text.toLowerCase().replaceAll("-", " ")}\n`);
  assert.equal(toHex(pasted ?? EMPTY), expected);
  assert.equal(parseFingerprint(text.slice(0, -1)), null);
  // The last letter has four bits too many: only one of sixteen spellings counts.
  assert.equal(parseFingerprint(`${text.slice(0, -1)}R`), null);
});

for (const { name, crypto } of PROVIDERS) {
  test(`[I6] ${name}: the rotation statement of the vector is valid, and no other`, async () => {
    const { old_seed, new_seed, statement } = vectors.rotation;
    const [from, to] = [old_seed, new_seed].map((seed) => pureServer.signingKey(hex(seed)));
    assert.ok(from && to);
    const read = await readRotation(crypto, hex(statement));
    assert.ok(read);
    assert.equal(toHex(makeRotation(from, to, read.notBefore, read.seq)), statement);
    const [pinned, presented] = [from, to].map((key) => fingerprint(nodeCrypto, key.publicKey));
    assert.ok(pinned && presented);
    assert.equal(await rotationLeads(crypto, [hex(statement)], pinned, presented), true);
    assert.equal(await rotationLeads(crypto, [hex(statement)], presented, pinned), false);
    for (let at = 0; at < 205; at += 7) {
      const broken = hex(statement);
      broken[at] = (broken[at] as number) ^ 1;
      assert.equal(await readRotation(crypto, broken), null, `byte ${at}`);
    }
  });
}

for (const { name, crypto } of PROVIDERS) {
  test(`[A3] [A4] ${name}: the sign-in of the vector`, () => {
    const salted = hex(scramVector.salted);
    const exchange = {
      user: scramVector.user,
      clientNonce: hex(scramVector.client_nonce),
      serverNonce: hex(scramVector.server_nonce),
      salt: hex(scramVector.salt),
      memoryKiB: scramVector.m,
      iterations: scramVector.t,
      parallelism: scramVector.p,
      binding: hex(scramVector.cb),
    };
    const keys = scramKeys(crypto, salted);
    assert.equal(toHex(keys.storedKey), scramVector.stored_key);
    assert.equal(toHex(keys.serverKey), scramVector.server_key);
    const proof = scramProve(crypto, salted, exchange);
    assert.equal(toHex(proof.clientProof), scramVector.client_proof);
    assert.equal(toHex(proof.serverSignature), scramVector.server_signature);
    const signature = scramVerify(crypto, keys, exchange, proof.clientProof);
    assert.equal(toHex(signature ?? EMPTY), scramVector.server_signature);
    // A man in the middle has another channel: the proof that he relays is worth nothing.
    assert.equal(scramVerify(crypto, keys, { ...exchange, binding: random.bytes(32) }, proof.clientProof), null);
    assert.equal(scramVerify(crypto, keys, exchange, proof.clientProof.subarray(1)), null);
    assert.deepEqual(scramFakeSalt(crypto, salted, "bob"), scramFakeSalt(crypto, salted, "bob"));
  });
}

/** The client's half of a vector, with its keys in this provider. */
async function accept(provider: TestedProvider, vector: HandshakeCase) {
  const { crypto } = provider;
  const frame = hex(vector.client_hello);
  const options: ClientHandshakeOptions = {
    crypto,
    random,
    transport: "plain",
    share: await shareOf(provider, vector),
    pin: null,
    ticket: null,
    clientInfo: "",
  };
  const psk = decodeClientHello(frame).psk && {
    prk0: earlySecret(crypto, hex(vector.psk ?? "")),
    fingerprint: hex(vectors.identity.fingerprint),
  };
  const sent: SentHello = { frame, psk };
  return acceptServerHello(options, sent, hex(vector.server_hello));
}

async function shareOf(provider: TestedProvider, vector: HandshakeCase): Promise<EphemeralShare | null> {
  if (vector.client_x25519_priv) {
    const privateKey = hex(vector.client_x25519_priv);
    return provider.x25519Share(privateKey, x25519Public(privateKey));
  }
  if (!vector.kem_ss) return null;
  const { kem } = decodeClientHello(hex(vector.client_hello)).shares[0] ?? {};
  return kem === KEMS.rsa3072.id
    ? provider.rsaShare("rsa3072", more.rsa3072_test_key)
    : provider.rsaShare("rsa2048", vectors.rsa_test_key);
}

/** In the order in which a server asks for it: its half of the key exchange, then its nonce. */
function serverRandomness(vector: HandshakeCase): Uint8Array[] {
  const nonce = hex(vector.server_hello).slice(2, 34);
  if (vector.kem_ss) return [hex(vector.kem_ss), Uint8Array.from({ length: 32 }, (_, i) => 0xd0 + i), nonce];
  if (vector.server_x25519_priv) return [hex(vector.server_x25519_priv), nonce];
  // The last case leaves its server key out; like the others it counts up from a round number.
  if (vector.client_x25519_priv) return [Uint8Array.from({ length: 32 }, (_, i) => 0x33 + i), nonce];
  return [nonce];
}

function recordKey(vector: HandshakeCase, dir: "c2s" | "s2c", epoch: number) {
  let secret = hex(dir === "c2s" ? vector.c_traffic_0 : vector.s_traffic_0);
  for (let i = 0; i < epoch; i++) secret = expandLabel(nodeCrypto, secret, "upd", EMPTY, 32);
  return {
    key: expandLabel(nodeCrypto, secret, "key", EMPTY, 16),
    iv: expandLabel(nodeCrypto, secret, "iv", EMPTY, 12),
  };
}
