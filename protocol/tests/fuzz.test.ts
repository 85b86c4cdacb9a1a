import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ChannelError } from "../src/secure/channel-error.ts";
import { type ClientHello, decodeClientHello, encodeClientHello } from "../src/secure/client-hello.ts";
import { decodeAlertFrame, decodeNotice } from "../src/secure/close-notify.ts";
import { nodeCrypto } from "../src/secure/crypto-node.ts";
import { fingerprintText, parseFingerprint } from "../src/secure/identity.ts";
import { decodeInner, encodeInner } from "../src/secure/inner.ts";
import { decodeKeyUpdate } from "../src/secure/key-update.ts";
import { MessageReader } from "../src/secure/messages.ts";
import { decodeReady, encodeReady } from "../src/secure/ready.ts";
import { readRotation } from "../src/secure/rotation.ts";
import { decodeServerHello, encodeUnsignedServerHello } from "../src/secure/server-hello.ts";
import { readStoredTicket } from "../src/secure/stored-ticket.ts";
import { openTicket } from "../src/secure/ticket.ts";
import { decodeTicketMessage, encodeTicketMessage } from "../src/secure/ticket-message.ts";
import { random, server, serverSettings, ticketKeys } from "./channel-rig.ts";
import { hex } from "./providers.ts";
import { rawOpenClient } from "./raw-peer.ts";
import { vectors } from "./vectors.ts";

/** Null prototypes would differ from what the decoders make. */
const record = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> =>
  fc.record(model, { noNullPrototype: true }) as fc.Arbitrary<T>;
const raw = (maxLength: number) => fc.uint8Array({ maxLength });
const fixed = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });

/** A good encoding with bytes overwritten, cut out, put in or cut off: what a decoder meets that checks too little. */
function damaged(good: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> {
  const edit = record({ at: fc.nat(), remove: fc.nat(4), insert: raw(4) });
  return fc.tuple(good, fc.array(edit, { maxLength: 4 }), fc.option(fc.nat())).map(([bytes, edits, cut]) => {
    let result = Buffer.from(bytes);
    for (const { at, remove, insert } of edits) {
      const place = result.length === 0 ? 0 : at % result.length;
      result = Buffer.concat([result.subarray(0, place), insert, result.subarray(place + remove)]);
    }
    return new Uint8Array(cut === null ? result : result.subarray(0, cut % (result.length + 1)));
  });
}

function throwsOnlyTyped(decode: (bytes: Uint8Array) => unknown, input: fc.Arbitrary<Uint8Array>): void {
  fc.assert(
    fc.property(input, (bytes) => {
      try {
        decode(bytes);
      } catch (error) {
        assert.ok(error instanceof ChannelError, String(error));
      }
    }),
    { numRuns: 2000 },
  );
}

const ascii = fc.string({ unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)) });

const clientHello = record<ClientHello>({
  minVersion: fc.constant(1),
  maxVersion: fc.integer({ min: 1, max: 255 }),
  nonce: fixed(32),
  transport: fc.constantFrom("plain", "tls"),
  suites: fc.array(fc.nat(0xffff), { minLength: 1, maxLength: 8 }),
  shares: fc.uniqueArray(record({ kem: fc.nat(0xffff), data: raw(400) }), {
    maxLength: 2,
    selector: ({ kem }) => kem,
  }),
  clientInfo: fc.option(ascii.map((text) => text.slice(0, 64))),
  pinHint: fc.option(fixed(8)),
  grease: fc.constant(null),
  psk: fc.option(record({ mode: fc.constantFrom("psk_only", "psk_kem"), ticket: raw(300), binder: fixed(32) })),
});

const serverHello = record({
  version: fc.nat(255),
  nonce: fixed(32),
  suite: fc.nat(0xffff),
  pskAccepted: fc.boolean(),
  kemUsed: fc.boolean(),
  maxVersion: fc.nat(255),
  kem: fc.nat(0xffff),
  kemCiphertext: raw(400),
  identity: fixed(32),
  rotations: fc.array(fixed(205), { maxLength: 4 }),
}).map((hello) => {
  const auth = new Uint8Array(hello.pskAccepted ? 32 : 64);
  return new Uint8Array([...encodeUnsignedServerHello(hello), 0, auth.length, ...auth]);
});

const ready = record({
  maxMessage: fc.nat(),
  serverTimeMs: fc.nat(),
  heartbeatSeconds: fc.nat(0xffff),
  idleTimeoutSeconds: fc.nat(0xffff),
  requireImsc: fc.boolean(),
  tlsAvailable: fc.boolean(),
  resumed: fc.boolean(),
  reconnectSpreadMs: fc.nat(),
});

const ticketMessage = record({
  lifetimeSeconds: fc.nat(),
  pskOnly: fc.boolean(),
  sessionBound: fc.boolean(),
  nonce: fixed(16),
  ticket: raw(300),
});

const inner = record({
  type: fc.constantFrom(1, 2, 3, 4, 5, 6, 7, 8, 0x10, 0x11),
  more: fc.boolean(),
  body: raw(64),
  pad: fc.nat(64),
}).map(({ type, more, body, pad }) => encodeInner(type, body, more, pad));

test("[H2] every hello decodes to what was encoded", () => {
  fc.assert(fc.property(clientHello, (hello) => assert.deepEqual(decodeClientHello(encodeClientHello(hello)), hello)));
});

test("[H17] [T1] READY and TICKET decode to what was encoded", () => {
  fc.assert(fc.property(ready, (message) => assert.deepEqual(decodeReady(encodeReady(message)), message)));
  fc.assert(
    fc.property(ticketMessage, (message) =>
      assert.deepEqual(decodeTicketMessage(encodeTicketMessage(message)), message),
    ),
  );
});

test("[R5] what is padded to any multiple has that length and its body", () => {
  fc.assert(
    fc.property(raw(300), fc.integer({ min: 1, max: 200 }), (body, padTo) => {
      const padded = encodeInner(0x10, body, false, padTo);
      assert.equal(padded.length % padTo, 0);
      assert.deepEqual(decodeInner(padded).body, body);
    }),
  );
});

test("[I3] the text of every fingerprint reads back, and no other text means the same", () => {
  fc.assert(
    fc.property(fixed(32), (bytes) => {
      const text = fingerprintText(bytes);
      assert.deepEqual(parseFingerprint(text), bytes);
      assert.match(text, /^([A-Z2-7]{4}-){12}[A-Z2-7]{4}$/);
    }),
  );
  fc.assert(fc.property(fc.string({ maxLength: 80 }), (text) => void parseFingerprint(text)));
});

for (const [name, decode, good] of [
  ["CLIENT_HELLO", decodeClientHello, clientHello.map(encodeClientHello)],
  ["SERVER_HELLO", decodeServerHello, serverHello],
  ["READY", decodeReady, ready.map(encodeReady)],
  ["TICKET", decodeTicketMessage, ticketMessage.map(encodeTicketMessage)],
  ["a record", decodeInner, inner],
  ["CLOSE_NOTIFY", decodeNotice, raw(200)],
  ["ALERT", decodeAlertFrame, raw(200)],
  ["KEY_UPDATE", decodeKeyUpdate, raw(3)],
] as const) {
  test(`[H3] [R4] the decoder of ${name} throws nothing but its typed error`, () => {
    throwsOnlyTyped(decode, raw(600));
    throwsOnlyTyped(decode, damaged(good));
  });
}

test("[R7] a reader of messages survives any row of records", () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(inner, damaged(inner)), { maxLength: 20 }), (records) => {
      const reader = new MessageReader(200);
      try {
        for (const record of records) reader.read(record);
      } catch (error) {
        assert.ok(error instanceof ChannelError, String(error));
      }
    }),
  );
});

test("[H3] a server survives any first frame and any frame after its answer", async () => {
  const settings = serverSettings({ kems: ["x25519"] });
  const good = fc.oneof(
    fc.constantFrom(...vectors.cases.map((each) => hex(each.client_hello))),
    clientHello.map(encodeClientHello),
  );
  const property = fc.asyncProperty(damaged(good), fc.array(raw(100), { maxLength: 3 }), async (hello, frames) => {
    const right = server(settings);
    for (const frame of [hello, ...frames]) right.channel.receive(frame);
    assert.ok(!right.events.some((event) => event.type === "open"));
    right.channel.dispose();
  });
  await fc.assert(property, { numRuns: 500 });
});

test("[R4] a server survives whatever a client with a key says", async () => {
  const settings = serverSettings();
  const property = fc.asyncProperty(
    fc.array(fc.oneof(inner, damaged(inner), raw(40)), { maxLength: 10 }),
    async (inners) => {
      const right = server(settings);
      const peer = await rawOpenClient(right);
      for (const each of inners) right.channel.receive(peer.seal(each));
      right.channel.dispose();
    },
  );
  await fc.assert(property, { numRuns: 100 });
});

test("[T2] [I6] tickets and statements that nobody sealed or signed are nothing, and no error", async () => {
  const keys = ticketKeys();
  const expected = { fingerprint: random.bytes(32), now: 0 };
  const someId = fc.constantFrom(keys.current(true).id, keys.current(false).id);
  const ticket = fc.oneof(
    raw(300),
    fc.tuple(someId, raw(300)).map(([id, rest]) => new Uint8Array([...id, ...rest])),
  );
  fc.assert(fc.property(ticket, (bytes) => assert.equal(openTicket(nodeCrypto, keys, bytes, expected), null)));
  const statement = fc.oneof(raw(210), damaged(fc.constant(hex(vectors.rotation.statement))));
  await fc.assert(
    fc.asyncProperty(statement, async (bytes) => {
      const read = await readRotation(nodeCrypto, bytes);
      assert.ok(read === null || Buffer.from(bytes).toString("hex") === vectors.rotation.statement);
    }),
  );
  const stored = { ticket: "%%", psk: "AA", pskOnly: false, sessionBound: true, fingerprint: "A", expiresAt: 9 };
  assert.equal(readStoredTicket(stored, { fingerprint: "A", now: 0 }), null);
});
