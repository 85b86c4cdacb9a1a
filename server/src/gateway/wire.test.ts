import assert from "node:assert/strict";
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { WebSocket, WebSocketServer } from "ws";
import { WebSocketWire } from "./wire.ts";

/** Small enough to be put together in the room that all sockets share. */
const FRAME_BYTES = 4_000;

test("what a socket has not passed on yet is not overwritten by what others send", async (t) => {
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0, perMessageDeflate: false });
  t.after(() => server.close());
  await once(server, "listening");
  const slow = await connect(server);
  const quick = await connect(server);
  t.after(() => slow.client.terminate());
  t.after(() => quick.client.terminate());
  slow.client.pause();

  let sent = 0;
  const send = () => {
    sent += 1;
    slow.wire.send(frame(sent));
    quick.wire.send(frame(-sent));
  };
  slow.wire.cork();
  send();
  send();
  slow.wire.uncork();
  // Until the kernel takes only a part, and some that find others before them.
  while (slow.wire.unsentBytes === 0) send();
  for (let more = 0; more < 3; more += 1) send();
  slow.client.resume();

  for (const [{ client, heard }, sign] of [[slow, 1] as const, [quick, -1] as const]) {
    while (heard.length < sent) await once(client, "message");
    for (const [at, message] of heard.entries()) assert.deepEqual(message, frame(sign * (at + 1)));
  }
});

function frame(number: number): Buffer {
  const bytes = Buffer.alloc(FRAME_BYTES, number & 0xff);
  bytes.writeInt32BE(number);
  return bytes;
}

async function connect(server: WebSocketServer): Promise<{ wire: WebSocketWire; client: WebSocket; heard: Buffer[] }> {
  const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`, {
    perMessageDeflate: false,
  });
  const heard: Buffer[] = [];
  client.on("message", (data: Buffer) => heard.push(data));
  const [ws, request] = (await once(server, "connection")) as [WebSocket, IncomingMessage];
  if (client.readyState !== WebSocket.OPEN) await once(client, "open");
  return { wire: new WebSocketWire(ws, request.socket), client, heard };
}
