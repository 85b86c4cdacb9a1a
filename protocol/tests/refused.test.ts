import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { type CloseReason, closeCode } from "../src/errors.ts";
import { toHex } from "../src/secure/bytes.ts";
import { ChannelError } from "../src/secure/channel-error.ts";
import { acceptServerHello } from "../src/secure/client-handshake.ts";
import { decodeNotice } from "../src/secure/close-notify.ts";
import { encodeInner } from "../src/secure/inner.ts";
import { IV_BYTES, recordNonce } from "../src/secure/traffic.ts";
import { FRAME, INNER } from "../src/secure/wire.ts";
import { failure, random, type ServerRig, server, serverSettings } from "./channel-rig.ts";
import { hex, PROVIDERS, x25519Public } from "./providers.ts";
import { pureServer, scriptedRandom } from "./pure-server.ts";
import { type HandshakeCase, moreVectors, vectors } from "./vectors.ts";

const more = moreVectors();
const x25519Case = vectors.cases[1] as HandshakeCase;

function codeOf(reason: string | undefined): number | undefined {
  return reason === undefined ? undefined : closeCode(reason as CloseReason);
}

for (const { name, frames, close } of more.refused.hellos) {
  test(`[H2] [H3] a server refuses a hello: ${name} → ${close}`, () => {
    const right = server(serverSettings());
    feed(right, frames);
    assert.equal(codeOf(failure(right)), close);
  });
}

for (const { name, frames, close } of more.refused.records) {
  test(`[R4] [R6] a server refuses a record: ${name} → ${close}`, () => {
    const right = vectorServer();
    feed(right, frames);
    assert.equal(codeOf(failure(right)), close);
  });
}

for (const { name: provider, crypto, x25519Share } of PROVIDERS) {
  test(`[H13] [H14] ${provider}: a client refuses every answer on the list`, async () => {
    const privateKey = hex(x25519Case.client_x25519_priv as string);
    for (const { name, frames, close } of more.refused.answers) {
      const options = {
        crypto,
        random,
        transport: "plain" as const,
        share: await x25519Share(privateKey, x25519Public(privateKey)),
        pin: null,
        ticket: null,
        clientInfo: "",
      };
      const sent = { frame: hex(x25519Case.client_hello), psk: null };
      const [frame] = frames.map(hex);
      assert.ok(frame);
      const refusal =
        frame[0] === FRAME.serverHello
          ? await acceptServerHello(options, sent, frame).catch((error: unknown) => error)
          : new ChannelError("protocol_violation", "not a SERVER_HELLO");
      assert.ok(refusal instanceof ChannelError, `${name}: ${String(refusal)}`);
      assert.equal(closeCode(refusal.reason), close, name);
    }
  });

  test(`[R2] [R8] ${provider}: records at the edges`, async () => {
    const { key, iv, records, largest } = more.edges;
    const sealAt = async (seq: number, inner: Uint8Array) =>
      crypto.seal(hex(key), recordNonce(hex(iv), seq, new Uint8Array(IV_BYTES)), Uint8Array.of(0x10, 0), inner);
    for (const { seq, inner, frame } of records) {
      assert.equal(toHex(await sealAt(Number(seq), hex(inner))), frame, `seq ${seq}`);
    }
    const body = Uint8Array.from({ length: 65_534 }, (_, i) => i & 0xff);
    const frame = await sealAt(0, encodeInner(INNER.appBinary, body));
    assert.equal(frame.length, largest.frame_bytes);
    assert.equal(createHash("sha256").update(frame).digest("hex"), largest.frame_sha256);
  });
}

test("[H9] an extension that nobody knows is ignored", () => {
  const right = server(serverSettings());
  feed(right, [more.grease_is_ignored]);
  assert.equal(failure(right), undefined);
  assert.equal(right.frames.length, 2);
});

test("[R12] the body of CLOSE_NOTIFY", () => {
  const { code, reason, body } = more.close_notify;
  assert.deepEqual(decodeNotice(hex(body)), { code, reason });
});

function feed(right: ServerRig, frames: readonly string[]): void {
  for (const [i, frame] of frames.entries()) {
    assert.equal(failure(right), undefined, `closed before frame ${i}`);
    right.channel.receive(hex(frame));
  }
}

/** A server that has answered the hello of the second case with the answer of the vector. */
function vectorServer(): ServerRig {
  const settings = serverSettings({ crypto: pureServer, identity: pureServer.signingKey(hex(vectors.identity.seed)) });
  const nonce = hex(x25519Case.server_hello).slice(2, 34);
  const scripted = scriptedRandom(hex(x25519Case.server_x25519_priv as string), nonce);
  const right = server({ ...settings, random: scripted });
  right.channel.receive(hex(x25519Case.client_hello));
  const [hello] = right.frames.splice(0);
  assert.equal(toHex(hello as Uint8Array), x25519Case.server_hello);
  return right;
}
