import assert from "node:assert/strict";
import { test } from "node:test";
import { ClearClientChannel, ClearServerChannel } from "../src/secure/clear-channel.ts";
import type { ClientChannelEvent } from "../src/secure/client-side.ts";
import type { ServerChannelEvent } from "../src/secure/server-side.ts";
import { ManualClock, serverSettings } from "./channel-rig.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

function pair() {
  const clock = new ManualClock();
  const up: Uint8Array[] = [];
  const down: Uint8Array[] = [];
  const clientEvents: ClientChannelEvent[] = [];
  const serverEvents: ServerChannelEvent[] = [];
  const client = new ClearClientChannel(
    { clock, maxMessage: 100_000 },
    { send: (frame) => up.push(frame), event: (event) => clientEvents.push(event) },
  );
  const server = new ClearServerChannel(serverSettings({ clock, maxMessage: 100_000 }), {
    send: (frame) => down.push(frame),
    event: (event) => serverEvents.push(event),
  });
  const carry = () => {
    for (const frame of up.splice(0)) server.receive(frame);
    for (const frame of down.splice(0)) client.receive(frame);
  };
  return { clock, client, server, clientEvents, serverEvents, up, down, carry };
}

function opened() {
  const all = pair();
  all.client.start();
  all.server.start();
  all.carry();
  return all;
}

test("[M11] the server speaks first, and both sides are open with an empty binding", () => {
  const { client, server, clientEvents, serverEvents, carry } = opened();
  const open = clientEvents.find((event) => event.type === "open");
  assert.deepEqual(open?.binding, new Uint8Array(32));
  assert.equal(open?.identity, null);
  assert.equal(open?.ready.maxMessage, 100_000);
  assert.equal(serverEvents[0]?.type, "open");
  assert.equal(client.sendText("hello"), true);
  server.sendLines([bytes("a"), bytes("b"), bytes("c".repeat(70_000))]);
  carry();
  assert.deepEqual(serverEvents.at(-1), { type: "text", text: "hello" });
  const texts = clientEvents.flatMap((event) => (event.type === "text" ? [event.text] : []));
  assert.deepEqual(texts, ["a\nb", "c".repeat(70_000)]);
});

test("[M11] PING, CLOSE_NOTIFY and limits are those of the sealed mode", () => {
  const { client, server, clientEvents, serverEvents, carry, up } = opened();
  client.ping();
  server.ping();
  assert.equal(up.length, 1);
  carry();
  carry();
  server.close("restart", "soon back");
  carry();
  assert.deepEqual(clientEvents.at(-1), { type: "closing", code: 4150, reason: "soon back" });
  assert.equal(serverEvents.at(-1)?.type, "closed");
  assert.equal(client.sendText("late"), false);

  const heavy = opened();
  heavy.server.receive(new Uint8Array([0x20, 0x11, 0, ...new Uint8Array(66_000)]));
  const last = heavy.serverEvents.at(-1);
  assert.equal(last?.type === "failed" && last.reason, "too_big");
});

test("[M11] FINISHED, TICKET and KEY_UPDATE have no place in clear mode, nor has a RECORD", () => {
  const frames = [
    [0x20, 0x01, 0],
    [0x20, 0x02, 0],
    [0x20, 0x03, 0],
    [0x20, 0x04, 0, 0],
    [0x10, 0, 1, 2, 3],
    [0x01, 0],
  ];
  for (const frame of frames) {
    const { client, server, clientEvents, serverEvents } = opened();
    server.receive(Uint8Array.from(frame));
    client.receive(Uint8Array.from(frame));
    for (const last of [clientEvents.at(-1), serverEvents.at(-1)]) {
      assert.equal(last?.type === "failed" && last.reason, "protocol_violation", `${frame}`);
    }
  }
});

test("[M11] [L1] a server that says nothing is given up", () => {
  const { clock, client, clientEvents } = pair();
  client.start();
  clock.advance(20_000);
  const last = clientEvents.at(-1);
  assert.equal(last?.type === "failed" && last.reason, "handshake_timeout");
});

test("[L2] a stranger is limited in clear mode too", () => {
  const { server, serverEvents } = opened();
  for (let i = 0; i < 65; i++) server.receive(Uint8Array.from([0x20, 0x10, 0, 0x61]));
  const last = serverEvents.at(-1);
  assert.equal(last?.type === "failed" && last.reason, "rate_limited");

  const pinged = opened();
  for (let i = 0; i < 65; i++) pinged.client.ping();
  pinged.carry();
  const end = pinged.serverEvents.at(-1);
  assert.equal(end?.type === "failed" && end.reason, "rate_limited");
});
