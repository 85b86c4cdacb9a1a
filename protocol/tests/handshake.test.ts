import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeClientHello } from "../src/secure/client-hello.ts";
import type { EphemeralShare } from "../src/secure/crypto.ts";
import { nodeCrypto } from "../src/secure/crypto-node.ts";
import { fingerprint, fingerprintText } from "../src/secure/identity.ts";
import { KEMS, type KemName } from "../src/secure/kem.ts";
import type { Pin } from "../src/secure/pin.ts";
import { makeRotation } from "../src/secure/rotation.ts";
import {
  type ClientRig,
  carry,
  client,
  connect,
  failure,
  flipped,
  immortal,
  isOpen,
  ManualClock,
  openPair,
  random,
  type ServerRig,
  server,
  serverSettings,
} from "./channel-rig.ts";

function pinOf(publicKey: Uint8Array, more: Partial<Pin> = {}): Pin {
  const text = fingerprintText(fingerprint(nodeCrypto, publicKey));
  return { fingerprint: text, firstSeenAt: 0, verified: false, tlsSeen: false, requireImsc: false, ...more };
}

/** The client's hello through `change` to the server and the answer back through `answer`. */
async function meddle(
  left: ClientRig,
  right: ServerRig,
  change: (hello: Uint8Array) => Uint8Array,
  answer: (hello: Uint8Array) => Uint8Array = (hello) => hello,
): Promise<void> {
  left.channel.start();
  right.channel.receive(change(left.frames.shift() as Uint8Array));
  const [hello, ...rest] = right.frames.splice(0);
  if (hello) left.channel.receive(answer(hello));
  for (const frame of rest) left.channel.receive(frame);
  if (hello) await Promise.race([left.when("open"), left.when("failed")]);
}

test("[H15] every flipped bit of CLIENT_HELLO ends the connection on one side", async () => {
  const settings = serverSettings();
  const share = immortal(await nodeCrypto.generateShare("x25519"));
  const length = await helloLength(share);
  for (let bit = 0; bit < length * 8; bit++) {
    const left = await client({ share, pin: pinOf(settings.identity.publicKey) });
    const right = server(settings);
    await meddle(left, right, (hello) => flipped(hello, bit));
    carry(left, right);
    assert.ok(failure(left) ?? failure(right), `bit ${bit}`);
    assert.equal(isOpen(left) || isOpen(right), false, `bit ${bit}`);
  }
});

test("[H12] [H14] every flipped bit of SERVER_HELLO is refused by the client, all alike", async () => {
  const settings = serverSettings();
  for (const kem of ["x25519", "rsa2048"] as const) {
    const share = immortal(await nodeCrypto.generateShare(kem));
    const bits = kem === "x25519" ? 179 * 8 : 403 * 8;
    for (let bit = 0; bit < bits; bit += kem === "x25519" ? 1 : 13) {
      const left = await client({ share });
      const right = server(settings);
      await meddle(
        left,
        right,
        (hello) => hello,
        (hello) => flipped(hello, bit),
      );
      assert.ok(["identity_error", "protocol_violation", "bad_frame"].includes(failure(left) ?? ""), `${kem} ${bit}`);
      assert.deepEqual(right.events, []);
    }
  }
});

test("[H16] every flipped bit of the FINISHED record is refused by the server", async () => {
  const settings = serverSettings();
  const share = immortal(await nodeCrypto.generateShare("x25519"));
  for (let bit = 0; bit < 52 * 8; bit += 3) {
    const left = await client({ share });
    const right = server(settings);
    await meddle(left, right, (hello) => hello);
    const [finished] = left.frames.splice(0);
    assert.ok(finished);
    right.channel.receive(flipped(finished, bit));
    const expected = bit < 8 ? "protocol_violation" : "decrypt_failed";
    assert.equal(failure(right), expected, `bit ${bit}`);
    assert.equal(isOpen(right), false);
  }
});

test("[I5] a man in the middle with an identity of its own is refused before anything is decrypted", async () => {
  const mallory = serverSettings();
  const real = serverSettings();
  const share = await nodeCrypto.generateShare("rsa2048");
  let decrypted = 0;
  const watched: EphemeralShare = {
    ...share,
    decapsulate(ciphertext) {
      decrypted++;
      return share.decapsulate(ciphertext);
    },
  };
  const left = await client({ share: watched, pin: pinOf(real.identity.publicKey, { verified: true }) });
  const right = server(mallory);
  await connect(left, right);
  const failed = await left.when("failed");
  assert.equal(failed.reason, "identity_error");
  assert.equal(failed.presented?.fingerprint, pinOf(mallory.identity.publicKey).fingerprint);
  assert.equal(decrypted, 0);
  assert.deepEqual(left.frames, []);
  assert.equal(isOpen(right), false);
});

test("[H12] a man in the middle that puts its own share into the hello is refused by the signature", async () => {
  const settings = serverSettings();
  const left = await client();
  const own = await nodeCrypto.generateShare("x25519");
  const right = server(settings);
  await meddle(left, right, (hello) => {
    const swapped = hello.slice();
    const at = Buffer.from(hello).indexOf(Buffer.from([0x00, 0x10, 0x00, 0x20])) + 4;
    swapped.set(own.publicBytes, at);
    return swapped;
  });
  assert.equal(failure(left), "identity_error");
});

test("[H15] the private key is gone after SERVER_HELLO, good or bad", async () => {
  for (const answer of [(hello: Uint8Array) => hello, (hello: Uint8Array) => flipped(hello, 300)]) {
    const share = await nodeCrypto.generateShare("x25519");
    const left = await client({ share });
    await meddle(left, server(serverSettings()), (hello) => hello, answer);
    assert.throws(() => share.decapsulate(share.publicBytes), /erased/);
  }
});

test("[I4] the identity is told as first-use, match, verified or rotated", async () => {
  const old = nodeCrypto.signingKey(random.bytes(32));
  const middle = nodeCrypto.signingKey(random.bytes(32));
  const current = nodeCrypto.signingKey(random.bytes(32));
  const rotations = [makeRotation(old, middle, 1, 1), makeRotation(middle, current, 2, 2)];
  const settings = serverSettings({ identity: current, rotations });
  const cases = [
    { pin: null, relation: "first-use" },
    { pin: pinOf(current.publicKey), relation: "match" },
    { pin: pinOf(current.publicKey, { verified: true }), relation: "verified" },
    { pin: pinOf(middle.publicKey), relation: "rotated" },
    { pin: pinOf(old.publicKey, { verified: true }), relation: "rotated" },
  ];
  for (const { pin, relation } of cases) {
    const left = await client({ pin });
    await connect(left, server(settings));
    const { identity } = await left.when("open");
    assert.equal(identity?.relation, relation);
    assert.equal(identity?.fingerprint, pinOf(current.publicKey).fingerprint);
  }
});

test("[I7] a chain that is broken, stale or leads elsewhere does not move the pin", async () => {
  const old = nodeCrypto.signingKey(random.bytes(32));
  const middle = nodeCrypto.signingKey(random.bytes(32));
  const current = nodeCrypto.signingKey(random.bytes(32));
  const good = [makeRotation(old, middle, 1, 1), makeRotation(middle, current, 2, 2)];
  const chains = {
    none: [],
    "its first half": good.slice(0, 1),
    "its second half": good.slice(1),
    "the wrong order": good.toReversed(),
    "a seq that stands still": [good[0] as Uint8Array, makeRotation(middle, current, 2, 1)],
    "a forged signature": [good[0] as Uint8Array, flipped(good[1] as Uint8Array, 200 * 8)],
  };
  for (const [name, rotations] of Object.entries(chains)) {
    const left = await client({ pin: pinOf(old.publicKey) });
    await connect(left, server(serverSettings({ identity: current, rotations })));
    assert.equal(failure(left), "identity_error", name);
  }
});

test("[M10] [H13] a server that answers below the client's range, or with what was not offered, is refused", async () => {
  const changes: Record<string, (hello: Uint8Array) => void> = {
    version: (hello) => hello.fill(0, 1, 2),
    "a later version": (hello) => hello.fill(2, 1, 2),
    suite: (hello) => hello.fill(2, 35, 36),
    "srv_ver_max 0": (hello) => hello.fill(0, 37, 38),
    kem: (hello) => hello.fill(1, 39, 40),
  };
  for (const [name, change] of Object.entries(changes)) {
    const left = await client();
    await meddle(
      left,
      server(serverSettings()),
      (hello) => hello,
      (hello) => {
        const changed = hello.slice();
        change(changed);
        return changed;
      },
    );
    assert.equal(failure(left), "protocol_violation", name);
  }
});

test("[H4] [H8] a hello without version, suite or key exchange in common is unsupported", async () => {
  const base = {
    minVersion: 1,
    maxVersion: 1,
    nonce: random.bytes(32),
    transport: "plain" as const,
    suites: [1],
    shares: [{ kem: KEMS.x25519.id, data: (await nodeCrypto.generateShare("x25519")).publicBytes }],
    clientInfo: null,
    pinHint: null,
    grease: null,
    psk: null,
  };
  const hellos = {
    "version 2 to 3": { ...base, minVersion: 2, maxVersion: 3 },
    "version 0": { ...base, minVersion: 0, maxVersion: 0 },
    "only the reserved suite": { ...base, suites: [2] },
    "no share": { ...base, shares: [] },
    "unknown key exchanges": { ...base, shares: [{ kem: 0x20, data: random.bytes(1216) }] },
  };
  for (const [name, hello] of Object.entries(hellos)) {
    const right = server(serverSettings());
    right.channel.receive(encodeClientHello(hello));
    assert.equal(failure(right), "unsupported", name);
    assert.deepEqual(Buffer.from(right.frames[0] ?? []), Buffer.from("03100a0000", "hex"), "an ALERT says so");
  }
  const wider = server(serverSettings());
  wider.channel.receive(encodeClientHello({ ...base, maxVersion: 9, suites: [2, 1, 77] }));
  assert.equal(failure(wider), undefined);
});

test("[H6] an RSA share of the wrong length, short or even is unsupported", async () => {
  const { publicBytes } = await nodeCrypto.generateShare("rsa2048");
  const shares: Record<string, Uint8Array> = {
    "a byte short": publicBytes.subarray(1),
    "a byte long": new Uint8Array([...publicBytes, 1]),
    "top bit clear": flipped(publicBytes, 7),
    even: flipped(publicBytes, 255 * 8),
  };
  for (const [name, data] of Object.entries(shares))
    assert.equal(await refusalOf("rsa2048", data), "unsupported", name);
});

test("[H7] a low-order X25519 share is unsupported", async () => {
  const lowOrder = [
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  ];
  for (const share of lowOrder)
    assert.equal(await refusalOf("x25519", Buffer.from(share, "hex")), "unsupported", share);
});

async function refusalOf(kem: KemName, data: Uint8Array): Promise<string | undefined> {
  const right = server(serverSettings());
  right.channel.receive(
    encodeClientHello({
      minVersion: 1,
      maxVersion: 1,
      nonce: random.bytes(32),
      transport: "plain",
      suites: [1],
      shares: [{ kem: KEMS[kem].id, data }],
      clientInfo: null,
      pinHint: null,
      grease: null,
      psk: null,
    }),
  );
  return failure(right);
}

test("[H8] a server takes the key exchange that it prefers", async () => {
  for (const kem of ["rsa2048", "rsa3072", "x25519"] as const) {
    const left = await client({ share: await nodeCrypto.generateShare(kem) });
    await connect(left, server(serverSettings({ kems: [kem] })));
    assert.ok(isOpen(left), kem);
    const refused = await client({ share: await nodeCrypto.generateShare(kem) });
    const right = server(serverSettings({ kems: (["rsa2048", "x25519"] as const).filter((each) => each !== kem) }));
    await connect(refused, right);
    assert.equal(failure(right), "unsupported");
  }
});

test("[T8] a replayed hello yields nothing: no session opens without FINISHED", async () => {
  const settings = serverSettings();
  const left = await client();
  left.channel.start();
  const [hello] = left.frames.splice(0);
  assert.ok(hello);
  for (let i = 0; i < 3; i++) {
    const right = server(settings);
    right.channel.receive(hello);
    assert.equal(right.frames.length, 2);
    assert.deepEqual(right.events, []);
    right.channel.receive(random.bytes(80));
    assert.equal(isOpen(right), false);
  }
});

test("[H18] any other frame in a state is a violation", async () => {
  for (const type of [0x02, 0x03, 0x10, 0x11, 0x20, 0x77]) {
    const right = server(serverSettings());
    right.channel.receive(new Uint8Array([type, 0, 0]));
    assert.equal(failure(right), "protocol_violation", `type ${type}`);
  }
  const { left, right } = await openPair();
  right.channel.receive(new Uint8Array([0x01, 0, 0]));
  assert.equal(failure(right), "protocol_violation");
  left.channel.receive(new Uint8Array([0x02, 0, 0]));
  assert.equal(failure(left), "protocol_violation");
});

test("[H18] [L1] hellos and FINISHED that do not come in time end the handshake, and an open channel has no timer", async () => {
  const clock = new ManualClock();
  const settings = serverSettings({ clock });
  const silent = server(settings);
  clock.advance(4_999);
  assert.equal(failure(silent), undefined);
  clock.advance(1);
  assert.equal(failure(silent), "handshake_timeout");

  const left = await client({ clock });
  const half = server(settings);
  await meddle(left, half, (hello) => hello);
  clock.advance(10_000);
  assert.equal(failure(half), "handshake_timeout");

  const waiting = await client({ clock });
  waiting.channel.start();
  clock.advance(20_000);
  assert.equal(failure(waiting), "handshake_timeout");

  await openPair({ client: { clock }, server: { clock } });
  assert.equal(clock.pending, 0);
});

test("[H1] a hello over 4,096 bytes is too big", async () => {
  const right = server(serverSettings());
  const hello = new Uint8Array(4097);
  hello[0] = 1;
  right.channel.receive(hello);
  assert.equal(failure(right), "too_big");
});

test("[H8] a full handshake that is not admitted is told when to come back", async () => {
  const left = await client();
  const right = server(serverSettings(), { admitFull: () => 1500 });
  await connect(left, right);
  const failed = right.events.at(-1);
  assert.ok(failed?.type === "failed");
  assert.equal(failed.reason, "rate_limited");
  assert.equal(failed.retryAfterMs, 1500);
  assert.equal(failure(left), "rate_limited");
});

test("[H19] an ALERT in the clear can slow a client down but never stop it for good", async () => {
  const codes: [number, string][] = [
    [4129, "rate_limited"],
    [4131, "psk_rejected"],
    [4141, "protocol_violation"],
    [4143, "protocol_violation"],
    [1234, "protocol_violation"],
  ];
  for (const [code, reason] of codes) {
    const left = await client();
    left.channel.start();
    left.channel.receive(new Uint8Array([3, code >> 8, code & 255, 0, 0]));
    await left.when("failed");
    assert.equal(failure(left), reason);
  }
});

test("[M5] a server that was reached over TLS is not called without", async () => {
  const settings = serverSettings();
  const left = await client({ pin: pinOf(settings.identity.publicKey, { tlsSeen: true }) });
  left.channel.start();
  assert.equal(failure(left), "tls_required");
  assert.deepEqual(left.frames, []);
});

test("[M9] the server learns what the client dialled", async () => {
  for (const transport of ["plain", "tls"] as const) {
    const { right } = await openPair({ client: { transport } });
    assert.equal(right.events.find((event) => event.type === "open")?.transport, transport);
  }
});

async function helloLength(share: EphemeralShare): Promise<number> {
  const left = await client({ share, pin: pinOf(random.bytes(32)) });
  left.channel.start();
  return (left.frames[0] as Uint8Array).length;
}
