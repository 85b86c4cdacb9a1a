import assert from "node:assert/strict";
import { it } from "node:test";
import { FaultProxy } from "./_util/fault-proxy.ts";
import { startNode } from "./_util/node.ts";
import { PASSWORD } from "./_util/person.ts";
import { disguises, webSocketPayloads } from "./_util/websocket-payloads.ts";
import { Witness } from "./_util/witness.ts";

it("[NET-1] no text, name, password or token crosses the wire in clear or in a usual encoding", async () => {
  const node = await startNode();
  const proxy = await FaultProxy.open({ targetPort: node.port, record: true });
  const url = `ws://127.0.0.1:${proxy.port}/ws`;
  const ann = new Witness(url);
  const bob = new Witness(url);
  await ann.register();
  await bob.register();
  const { chat } = await ann.client.request("chat.createGroup", { name: "canary-group", members: [bob.userId] });
  await ann.client.send(chat.chatId, { kind: "text", body: { text: "canary-text" } });
  await bob.until(() => (bob.told.get(chat.chatId) ?? []).some((message) => message.kind === "text"));
  await ann.client.stop();
  await bob.client.stop();
  for (const direction of ["toServer", "toClient"] as const) {
    const payloads = Buffer.concat(proxy.recordings(direction).map(webSocketPayloads));
    assert(payloads.length > 1_000, "the proxy was on the path");
    for (const secret of ["canary-group", "canary-text", PASSWORD, ann.handle, ann.userId, "message.send", "jsonrpc"]) {
      for (const disguise of disguises(secret)) assert(!payloads.includes(disguise), `${secret}, ${direction}`);
    }
  }
  await proxy.close();
  await node.stop();
});
