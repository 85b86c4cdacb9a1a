import assert from "node:assert/strict";
import { once } from "node:events";
import { after, test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { encodeRequest } from "@parley/protocol";
import { nodeCrypto } from "@parley/protocol/crypto-node";
import type { StoredTicket } from "@parley/protocol/secure";
import type { Peer } from "../src/live/caller.ts";
import { elapse, socketsRest } from "./_util/elapse.ts";
import { removeTemporaryFolders } from "./_util/folder.ts";
import { type GatewayOptions, SESSION, startGateway, type TestGateway } from "./_util/gateway.ts";
import { turnsUntil } from "./_util/patience.ts";
import { RawConnection, type RawOptions } from "./_util/raw-connection.ts";
import { tryUpgrade } from "./_util/upgrade.ts";
import { VirtualTime } from "./_util/virtual-time.ts";

after(removeTemporaryFolders);

const SEALED = "imsc.v1";
const TOKEN = { token: "t".repeat(43) };
const encoder = new TextEncoder();

async function withGateway(options: GatewayOptions, job: (gateway: TestGateway) => Promise<void>): Promise<void> {
  const gateway = await startGateway(options);
  try {
    await job(gateway);
  } finally {
    await gateway.close();
  }
}

async function signedIn(gateway: TestGateway, options: RawOptions = {}): Promise<RawConnection> {
  const connection = await RawConnection.open(gateway.wsUrl, options);
  await connection.request("auth.resume", TOKEN);
  return connection;
}

/** The one that signed in last. */
function lastPeer(gateway: TestGateway): Peer {
  const peer = [...gateway.attached].at(-1);
  assert.ok(peer !== undefined);
  return peer;
}

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/** Buffers that somebody holds. A collection frees the buffers that the one before found dead. */
function heldBytes(): number {
  collectGarbage();
  collectGarbage();
  return process.memoryUsage().external;
}

function within(value: number, from: number, to: number): void {
  assert.ok(value >= from && value <= to, `${value} is not in ${from}..${to}`);
}

test("[L1] no CLIENT_HELLO within 5 s closes 4102", async () => {
  const clock = new VirtualTime();
  await withGateway({ clock }, async ({ wsUrl }) => {
    const { closed } = await tryUpgrade(wsUrl, [SEALED]);
    within(await elapse(clock, 20, closed), 5, 7);
    assert.equal((await closed).code, 4102);
  });
});

/** Counts the timers that are set. */
class CountingTime extends VirtualTime {
  readonly pending = new Set<() => void>();

  override after(delayMs: number, job: () => void): () => void {
    const cancel = super.after(delayMs, () => {
      this.pending.delete(job);
      job();
    });
    this.pending.add(job);
    return () => {
      this.pending.delete(job);
      cancel();
    };
  }
}

test("a socket that goes before its handshake is done leaves no timer behind", async () => {
  const clock = new CountingTime();
  await withGateway({ clock }, async ({ wsUrl, connections }) => {
    const before = clock.pending.size;
    const { socket, closed } = await tryUpgrade(wsUrl, [SEALED]);
    assert.ok(clock.pending.size > before);
    socket.terminate();
    await closed;
    await turnsUntil(
      () => connections.size === 0,
      () => "the end of the connection",
    );
    assert.equal(clock.pending.size, before);
  });
});

test("[L1] no FINISHED within 10 s closes 4102", async () => {
  const clock = new VirtualTime();
  await withGateway({ clock }, async ({ wsUrl }) => {
    let sent = 0;
    const connection = await RawConnection.dial(wsUrl, {
      // Only the hello goes out.
      tamper: (frame) => (sent++ === 0 ? frame : null),
    });
    await once(connection.socket, "message");
    within(await elapse(clock, 20, connection.closed), 10, 12);
    assert.equal(await connection.closed, 4102);
  });
});

test("a stranger who does not sign in within 120 s is closed with 4103", async () => {
  const clock = new VirtualTime();
  await withGateway({ clock }, async ({ wsUrl }) => {
    const connection = await RawConnection.open(wsUrl);
    within(await elapse(clock, 200, connection.closed), 119, 137);
    assert.equal(await connection.closed, 4103);
  });
});

test("[R11] who is signed in and answers PING stays; who is silent, or sends WebSocket pings alone, is closed with 4104", async () => {
  const clock = new VirtualTime();
  await withGateway({ clock }, async (gateway) => {
    const alive = await signedIn(gateway);
    await elapse(clock, 600);
    assert.equal(alive.socket.readyState, alive.socket.OPEN);
    let mute = false;
    const silent = await signedIn(gateway, { tamper: (frame) => (mute ? null : frame) });
    mute = true;
    within(await elapse(clock, 200, silent.closed), 74, 92);
    assert.equal(await silent.closed, 4104);
    // A proxy can send these, with nobody behind it: one in place of each answer to a PING.
    mute = false;
    const proxied = await signedIn(gateway, {
      tamper: (frame) => {
        if (!mute) return frame;
        proxied.socket.ping();
        return null;
      },
    });
    mute = true;
    within(await elapse(clock, 200, proxied.closed), 74, 92);
    assert.equal(await proxied.closed, 4104);
    assert.equal(gateway.attached.size, 1);
    await alive.close();
  });
});

const badFrames: [name: string, code: number, frame: (connection: RawConnection) => void][] = [
  ["a text message", 4100, ({ socket }) => socket.send("hello")],
  ["an unknown frame type", 4109, ({ socket }) => socket.send(Uint8Array.of(0x77, 0, 0))],
  ["a record that does not open", 4101, ({ socket }) => socket.send(new Uint8Array(40).fill(0x10, 0, 1))],
  ["a clear frame in a sealed channel", 4109, ({ socket }) => socket.send(Uint8Array.of(0x20, 0x10, 0, 0x7b))],
  ["a second CLIENT_HELLO", 4109, ({ socket }) => socket.send(Uint8Array.of(1, 0x49, 0x4d, 0x53, 0x43))],
  ["a message over the maximum of a record", 1009, ({ socket }) => socket.send(new Uint8Array(65_555))],
  ["binary data", 4109, ({ channel }) => channel.sendBinary(new Uint8Array(10))],
];

for (const [name, code, send] of badFrames) {
  test(`[R4] ${name} closes ${code}, and nobody else`, async () => {
    await withGateway({}, async (gateway) => {
      const bystander = await signedIn(gateway);
      const connection = await signedIn(gateway);
      send(connection);
      assert.equal(await connection.closed, code);
      assert.equal(await bystander.refusal("no.such", {}), "METHOD_NOT_FOUND");
      await bystander.close();
    });
  });
}

test("a stranger may send 64 KiB, then 4129", async () => {
  await withGateway({}, async ({ wsUrl }) => {
    const connection = await RawConnection.open(wsUrl);
    for (let i = 0; i < 3; i += 1) connection.sendText(encodeRequest(i + 1, "node.info", { x: "x".repeat(30_000) }));
    assert.equal(await connection.closed, 4129);
  });
});

test("too many full handshakes are told how long to wait, in the close", async () => {
  await withGateway({ limits: { handshakesPerSecond: 1, handshakeBurst: 2 } }, async ({ wsUrl }) => {
    const first = await RawConnection.open(wsUrl);
    const second = await RawConnection.open(wsUrl);
    const third = await RawConnection.dial(wsUrl);
    const [code, reason] = await once(third.socket, "close");
    assert.equal(code, 4129);
    within((JSON.parse(String(reason)) as { after: number }).after, 1, 2_000);
    await Promise.all([first.close(), second.close()]);
  });
});

test("a broken actor ends its own socket alone", async () => {
  const lines: string[] = [];
  await withGateway({ logTo: { write: (line) => void lines.push(line) } }, async (gateway) => {
    const bystander = await signedIn(gateway);
    const connection = await signedIn(gateway);
    const broken = { chatId: null, line: null as unknown as Uint8Array };
    lastPeer(gateway).push(broken);
    assert.equal(await connection.closed, 1011);
    assert.equal(await bystander.refusal("no.such", {}), "METHOD_NOT_FOUND");
    assert.equal(gateway.attached.size, 1);
    await bystander.close();
  });
  assert.match(lines.join(""), /connection broken/);
});

test("[S7] a connection that stops reading costs at most 512 KiB and gets sync.behind when it reads again", async () => {
  const clock = new VirtualTime();
  const lines: string[] = [];
  await withGateway({ clock, logTo: { write: (line) => void lines.push(line) } }, async (gateway) => {
    const connection = await signedIn(gateway);
    const peer = lastPeer(gateway);
    connection.socket.pause();
    const before = heldBytes();
    const line = encoder.encode(
      `{"jsonrpc":"2.0","method":"message.new","params":{"chatId":"c1","text":"${"x".repeat(1_000)}"}}`,
    );
    // 40 s at 200 events a second of 1 KiB: 8 MB, of which the kernel takes some at first.
    for (let second = 0; second < 40; second += 1) {
      for (let i = 0; i < 200; i += 1) peer.push({ chatId: `c${i % 5}`, line });
      await elapse(clock, 1);
    }
    const held = heldBytes() - before;
    assert.ok(held <= 512 * 1024, `${held} bytes`);
    assert.equal(connection.socket.readyState, connection.socket.OPEN);
    connection.socket.resume();
    const { chatIds } = (await connection.event("sync.behind")) as { chatIds: string[] };
    assert.deepEqual([...chatIds].sort(), ["c0", "c1", "c2", "c3", "c4"]);
    const received = connection.events.filter((event) => event.method === "message.new").length;
    assert.ok(received < 8_000, String(received));
    // It is served again.
    peer.push({ chatId: "c9", line: encoder.encode(`{"jsonrpc":"2.0","method":"chat.changed","params":{}}`) });
    await connection.event("chat.changed");
    assert.equal(connection.events.filter((event) => event.method === "sync.behind").length, 1);
    await connection.close();
  });
});

test("[S7] a connection that takes nothing for 60 s is closed with 4114", async () => {
  const clock = new VirtualTime();
  await withGateway({ clock }, async (gateway) => {
    const connection = await signedIn(gateway);
    const peer = lastPeer(gateway);
    connection.socket.pause();
    const line = encoder.encode(JSON.stringify({ jsonrpc: "2.0", method: "x.y", params: "x".repeat(16_000) }));
    // More than the kernel takes.
    for (let round = 0; round < 60; round += 1) {
      for (let i = 0; i < 16; i += 1) peer.push({ chatId: "c1", line });
      await socketsRest();
    }
    const gone = new Promise<void>((resolve) => {
      const look = () => (gateway.attached.size === 0 ? resolve() : setImmediate(look));
      look();
    });
    within(await elapse(clock, 120, gone), 59, 78);
    connection.socket.resume();
    // 4114 lies behind what was not read; ws gives up waiting for the answer after 5 s and cuts.
    assert.ok([4114, 1006].includes(await connection.closed));
  });
});

test("a client that asks for pages and does not read is served no more than it can take", async () => {
  let served = 0;
  const page = { users: "x".repeat(500_000) };
  const handlers = {
    "user.find": async () => {
      served += 1;
      return page;
    },
  };
  await withGateway({ handlers }, async (gateway) => {
    const connection = await signedIn(gateway);
    connection.socket.pause();
    const requests = Array.from({ length: 60 }, () => connection.refusal("user.find", { handle: "x" }));
    let before = -1;
    while (before !== served) {
      before = served;
      await socketsRest();
    }
    // What the kernel takes, and eight pages.
    assert.ok(served < 30, String(served));
    connection.socket.resume();
    assert.deepEqual(new Set(await Promise.all(requests)), new Set(["ok"]));
    await connection.close();
  });
});

test("a ticket resumes the session, one of a revoked session does not", async () => {
  await withGateway({}, async (gateway) => {
    const first = await signedIn(gateway);
    const { tickets } = first;
    assert.equal(tickets.length, 2);
    const fingerprint = first.identity?.fingerprint ?? "";
    const pin = { fingerprint, firstSeenAt: 0, verified: false, tlsSeen: false, requireImsc: false };
    const resume = async (ticket: StoredTicket | undefined, options: RawOptions = {}) =>
      RawConnection.open(gateway.wsUrl, {
        pin,
        ticket: ticket ?? null,
        share: await nodeCrypto.generateShare("x25519"),
        ...options,
      });
    const second = await resume(tickets[0]);
    await second.refusal("no.such", {});
    assert.equal(gateway.attached.size, 2);
    assert.equal(await second.refusal("account.get", {}), "INTERNAL");

    gateway.sessions.delete(SESSION.sessionId);
    const third = await resume(tickets[1]);
    assert.equal(await third.refusal("account.get", {}), "NOT_SIGNED_IN");
    assert.deepEqual(gateway.used, [SESSION.sessionId], "prolonged by the one that finished the handshake");
    await Promise.all([first.close(), second.close(), third.close()]);
  });
});

test("stopping answers what is in flight, says restart with a spread, and refuses newcomers", async () => {
  let release: (value: object) => void = () => {};
  const begun: string[] = [];
  const handlers = {
    "chat.leave": (_: unknown, params: unknown) =>
      new Promise<object>((resolve) => {
        begun.push((params as { chatId: string }).chatId);
        release = resolve;
      }),
  };
  const gateway = await startGateway({ handlers });
  const idle = await signedIn(gateway);
  const busy = await signedIn(gateway);
  const stranger = await RawConnection.open(gateway.wsUrl);
  const leave = busy.request("chat.leave", { chatId: "c".repeat(26) });
  await socketsRest();
  const [idleClose, stopped] = [once(idle.socket, "close"), gateway.close()];
  const [code, reason] = await idleClose;
  assert.equal(code, 4150);
  const { after: afterMs, spread, undone } = JSON.parse(String(reason)) as Record<string, number | boolean>;
  assert.ok(afterMs === 0 && Number(spread) > 0 && undone === true, String(reason));
  const late = busy.refusal("chat.leave", { chatId: "d".repeat(26) });
  await socketsRest();
  release({ left: true });
  assert.deepEqual(await leave, { left: true });
  assert.equal(await busy.closed, 4150);
  assert.deepEqual(
    [await late, begun],
    ["INTERNAL", ["c".repeat(26)]],
    "what came late has no answer and was not begun",
  );
  assert.equal(await stranger.closed, 4150);
  await stopped;
  assert.equal(gateway.connections.size, 0);
  await assert.rejects(fetch(gateway.url));
});

test("[NODE-10] leaving says not ready and serves who comes; people are sent away one after the other", async () => {
  const gateway = await startGateway();
  try {
    const people = [];
    for (let n = 0; n < 6; n++) people.push(await signedIn(gateway));
    gateway.leave();
    const answer = await fetch(`${gateway.url}/readyz`);
    assert.deepEqual([answer.status, answer.headers.get("connection")], [503, "close"]);
    await answer.text();
    const gone: number[] = [];
    const closes = people.map(async ({ socket }, n) => {
      const [code, reason] = await once(socket, "close");
      gone.push(n);
      assert.deepEqual([code, JSON.parse(String(reason))], [4150, { after: 0, spread: 0, undone: true }]);
    });
    const away = gateway.sendAway(600, new AbortController().signal);
    await closes[0];
    assert.ok(gone.length < people.length, "not all at once");
    const newcomer = await signedIn(gateway);
    await Promise.all([away, ...closes]);
    assert.deepEqual(gone, [0, 1, 2, 3, 4, 5], "who came first goes first");
    assert.equal(
      await newcomer.refusal("account.get", {}),
      "INTERNAL",
      "served, by the handler that the test left out",
    );
    const hurry = new AbortController();
    const slowly = gateway.sendAway(3_600_000, hurry.signal);
    hurry.abort();
    await slowly;
    await newcomer.close();
  } finally {
    await gateway.close();
  }
});
