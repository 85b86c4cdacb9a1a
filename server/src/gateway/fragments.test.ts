import assert from "node:assert/strict";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { setImmediate as turnEnded } from "node:timers/promises";
import { getHeapStatistics } from "node:v8";
import { WebSocket, WebSocketServer } from "ws";
import { minorCollector } from "../minor-collector.ts";
import { FRAGMENTS, takeMessage } from "./fragments.ts";

const FRAME = Buffer.alloc(50_000);
const CONNECTIONS = 16;
const ROUNDS = 4;

const collect = minorCollector();

/** Each sends a frame that is taken and dropped. After two looks at the young objects whatever is held is an old one. */
async function round(server: WebSocketServer, sockets: readonly WebSocket[]): Promise<void> {
  for (const socket of sockets) {
    const taken = once(server, "taken");
    socket.send(FRAME);
    await taken;
  }
  for (let look = 0; look < 2; look += 1) {
    await turnEnded();
    collect();
  }
}

test("the last frame of a connection does not outlive a look at the young objects", async () => {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1", perMessageDeflate: false });
  server.on("connection", (socket) => {
    socket.binaryType = FRAGMENTS;
    socket.on("message", (data) => {
      assert.equal(takeMessage(data).length, FRAME.length);
      server.emit("taken");
    });
  });
  await once(server, "listening");
  const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const sockets = Array.from({ length: CONNECTIONS }, () => new WebSocket(url));
  try {
    await Promise.all(sockets.map((socket) => once(socket, "open")));
    await round(server, sockets);
    const before = getHeapStatistics().external_memory;
    for (let n = 0; n < ROUNDS; n += 1) await round(server, sockets);
    const grown = getHeapStatistics().external_memory - before;
    const frames = ROUNDS * CONNECTIONS * FRAME.length;
    assert.ok(grown < frames / 4, `${grown} bytes of ${frames} are held`);
  } finally {
    for (const socket of sockets) socket.terminate();
    server.close();
  }
});

test("a message in fragments is joined, and one without bytes is empty", () => {
  const fragments = [Buffer.from("ab"), Buffer.from("c")];
  assert.equal(takeMessage(fragments).toString(), "abc");
  assert.deepEqual(fragments, []);
  assert.equal(takeMessage([]).length, 0);
});
