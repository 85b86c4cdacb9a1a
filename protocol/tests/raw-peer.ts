import assert from "node:assert/strict";
import { acceptServerHello, type ClientHandshakeOptions, sayHello } from "../src/secure/client-handshake.ts";
import { nodeCrypto } from "../src/secure/crypto-node.ts";
import { encodeInner } from "../src/secure/inner.ts";
import type { ServerChannelSettings } from "../src/secure/server-channel.ts";
import { answerHello, receiveHello } from "../src/secure/server-handshake.ts";
import { IV_BYTES, Traffic } from "../src/secure/traffic.ts";
import { INNER } from "../src/secure/wire.ts";
import { type ClientRig, random, type ServerRig } from "./channel-rig.ts";

/** One end of a channel with the keys in the test's hand: it seals whatever it is told to, allowed or not. */
export class RawPeer {
  readonly sending: Traffic;
  readonly receiving: Traffic;

  constructor(sending: Uint8Array, receiving: Uint8Array) {
    this.sending = new Traffic(nodeCrypto, sending, 0);
    this.receiving = new Traffic(nodeCrypto, receiving, 0);
  }

  seal(inner: Uint8Array): Uint8Array {
    const nonce = this.sending.next(inner.length, new Uint8Array(IV_BYTES));
    return nodeCrypto.seal(this.sending.key, nonce, Uint8Array.of(0x10, this.sending.epoch), inner);
  }

  sealBody(type: number, body: Uint8Array | readonly number[] = [], more = false): Uint8Array {
    return this.seal(encodeInner(type, Uint8Array.from(body), more));
  }

  open(frame: Uint8Array): Uint8Array {
    const nonce = this.receiving.next(frame.length, new Uint8Array(IV_BYTES));
    const inner = nodeCrypto.open(this.receiving.key, nonce, 2, frame);
    assert.ok(inner, "the record opens");
    return inner;
  }
}

/** A client of our own on a server; `finished` is not sent yet. */
export async function rawClient(
  right: ServerRig,
  overrides: Partial<ClientHandshakeOptions> = {},
): Promise<{ peer: RawPeer; finished: Uint8Array }> {
  const options: ClientHandshakeOptions = {
    crypto: nodeCrypto,
    random,
    transport: "plain",
    share: await nodeCrypto.generateShare("x25519"),
    pin: null,
    ticket: null,
    clientInfo: "raw/1",
    ...overrides,
  };
  const sent = sayHello(options, Date.now());
  assert.ok(sent);
  right.channel.receive(sent.frame);
  const [hello, ready] = right.frames.splice(0);
  assert.ok(hello && ready);
  const { secrets } = await acceptServerHello(options, sent, hello);
  const peer = new RawPeer(secrets.clientTraffic, secrets.serverTraffic);
  assert.equal(peer.open(ready)[0], INNER.ready);
  return { peer, finished: secrets.clientMac };
}

/** The same, finished. */
export async function rawOpenClient(right: ServerRig): Promise<RawPeer> {
  const { peer, finished } = await rawClient(right);
  right.channel.receive(peer.sealBody(INNER.finished, finished));
  return peer;
}

/** A server of our own for a client that has started; READY is not sent yet. */
export async function rawServer(left: ClientRig, settings: ServerChannelSettings): Promise<RawPeer> {
  const frame = left.frames.shift();
  assert.ok(frame);
  const { frame: hello, secrets } = answerHello(settings, receiveHello(settings, frame, Date.now()), null);
  left.channel.receive(hello);
  const peer = new RawPeer(secrets.serverTraffic, secrets.clientTraffic);
  while (left.frames.length === 0) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(peer.open(left.frames.shift() as Uint8Array)[0], INNER.finished);
  return peer;
}
