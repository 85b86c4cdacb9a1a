import assert from "node:assert/strict";
import { test } from "node:test";
import { nodeCrypto } from "@parley/protocol/crypto-node";
import { SUBPROTOCOL_CLEAR } from "@parley/protocol/secure";
import { seededRandom, VirtualTime } from "../../tests/_util/virtual-time.ts";
import type { Handlers } from "../api/handlers.ts";
import { Buckets } from "../buckets.ts";
import { createLog } from "../log.ts";
import { Admission } from "./admission.ts";
import { Connection } from "./connection.ts";
import { Connections } from "./connections.ts";
import { Dispatch } from "./dispatch.ts";
import { DEFAULT_LIMITS } from "./limits.ts";
import { TimerWheel } from "./timer-wheel.ts";
import { Turn } from "./turn.ts";
import type { Wire } from "./wire.ts";

/** PING with its 8 bytes, as `imsc-clear.v1` carries it. */
const PING = Uint8Array.of(0x20, 0x06, 0, 1, 2, 3, 4, 5, 6, 7, 8);

/** A socket in memory, whose other side takes bytes only while it is not blocked. */
class TestWire implements Wire {
  sent = 0;
  pongs = 0;
  paused = false;
  blocked = false;
  unsentBytes = 0;
  closedWith: number | null = null;
  readonly drainMark = 0;

  send(frame: Uint8Array): void {
    this.sent += 1;
    if (this.blocked) this.unsentBytes += frame.length;
  }
  pong(): void {
    this.pongs += 1;
  }
  cork(): void {}
  uncork(): void {}
  pause(): void {
    this.paused = true;
  }
  resume(): void {
    this.paused = false;
  }
  close(code: number): void {
    this.closedWith = code;
  }
  destroy(): void {}
}

function connect(): { connection: Connection; wire: TestWire } {
  const time = new VirtualTime();
  const random = seededRandom(1);
  const log = createLog("silent");
  const key = { id: random.bytes(4), key: random.bytes(32), pskOnly: false };
  const wire = new TestWire();
  const connection = new Connection(
    {
      channel: {
        crypto: nodeCrypto,
        random,
        clock: time,
        identity: nodeCrypto.signingKey(random.bytes(32)),
        rotations: [],
        kems: ["x25519"],
        ticketKeys: { current: () => key, find: () => undefined },
        maxMessage: 1024,
        ready: {
          heartbeatSeconds: 30,
          idleTimeoutSeconds: 75,
          requireImsc: false,
          tlsAvailable: false,
          reconnectSpreadMs: 0,
        },
      },
      dispatch: new Dispatch({} as Handlers, log),
      services: { sessions: { find: async () => null, use: async () => null }, live: { attach() {}, detach() {} } },
      admission: new Admission(DEFAULT_LIMITS, time, random),
      wheel: new TimerWheel(time),
      turn: new Turn(),
      connections: new Connections(),
      limits: DEFAULT_LIMITS,
      users: new Buckets({ perSecond: 400, burst: 4_000, keys: 100 }, time),
      log,
    },
    wire,
    { id: 1, address: "192.0.2.1", host: "parley.test", secure: true, subprotocol: SUBPROTOCOL_CLEAR },
  );
  connection.start();
  connection.signIn({ userId: "u", deviceId: "d", sessionId: "s" });
  return { connection, wire };
}

test("who floods with pings and takes no answer is not heard for long, until it takes them", () => {
  const { connection, wire } = connect();
  for (let i = 0; i < 2 * DEFAULT_LIMITS.framesWhileBlocked; i += 1) connection.received(PING, true);
  assert.ok(!wire.paused);
  wire.blocked = true;
  for (let i = 0; i < DEFAULT_LIMITS.framesWhileBlocked - 1; i += 1) connection.received(PING, true);
  assert.ok(!wire.paused);
  connection.received(PING, true);
  assert.ok(wire.paused);
  wire.blocked = false;
  wire.unsentBytes = 0;
  connection.drained();
  assert.ok(!wire.paused);
});

test("WebSocket pings are answered while the answers are taken", () => {
  const { connection, wire } = connect();
  connection.pinged(new Uint8Array(4));
  assert.equal(wire.pongs, 1);
  wire.unsentBytes = 1;
  connection.pinged(new Uint8Array(4));
  assert.equal(wire.pongs, 1);
});

test("a text message ends it with 4100, and nothing that comes later is looked at", () => {
  const { connection, wire } = connect();
  connection.received(new Uint8Array(4), false);
  assert.equal(wire.closedWith, 4100);
  const { sent } = wire;
  connection.received(PING, true);
  connection.push({ chatId: null, line: new Uint8Array(4) });
  connection.flush();
  assert.equal(wire.sent, sent);
});
