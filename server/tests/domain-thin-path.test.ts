import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Kv } from "../src/store/kv.ts";
import { uuidv7 } from "./_util/client-ids.ts";
import { type DomainNode, startDomain } from "./_util/domain-node.ts";
import { removeTemporaryFolders, temporaryFolder } from "./_util/folder.ts";

let node: DomainNode;
const asked: string[] = [];
before(async () => {
  node = await startDomain({ location: await temporaryFolder(), wrapStore: noted });
});
after(async () => {
  await node.stop();
  await removeTemporaryFolders();
});

function noted(store: Kv): Kv {
  return new Proxy(store, {
    get: (target, name) => {
      const value = Reflect.get(target, name);
      if (typeof value !== "function") return value;
      return (...args: unknown[]) => {
        asked.push(`${String(name)} ${JSON.stringify(args)}`);
        return value.apply(target, args);
      };
    },
  });
}

test("[MSG-3] two people register, find each other, write and receive live", async () => {
  const alice = await node.connect().register("alice");
  const bob = await node.connect().register("bob");
  const { users } = await alice.call("user.find", { handle: "BOB" });
  assert.deepEqual(
    users.map(({ userId }) => userId),
    [bob.userId],
  );
  const { chat } = await alice.call("chat.openDirect", { userId: bob.userId });
  const sent = await alice.call("message.send", {
    chatId: chat.chatId,
    clientId: uuidv7(),
    kind: "text",
    body: { text: "hello" },
  });
  assert.equal(sent.seq, 1);
  const got = await bob.event("message.new");
  assert.deepEqual([got.chatId, got.seq, got.kind], [chat.chatId, 1, "text"]);
  const page = await bob.call("message.history", { chatId: chat.chatId, limit: 10 });
  assert.equal(page.head, 1);
  const pulled = await bob.call("sync.pull", {});
  assert.deepEqual(
    pulled.chats.map((one) => [one.chat.chatId, one.head, one.unread]),
    [[chat.chatId, 1, 1]],
  );
  const phone = node.connect();
  const token = await phone.signInAs("bob");
  const tab = node.connect();
  await tab.call("auth.resume", { token });
  assert.equal(tab.userId, bob.userId);
});

test("[MSG-3] who wrote before writes again in one command, and hears of it as always", async () => {
  const [carol, dave] = [await node.connect().register("carol"), await node.connect().register("dave")];
  const { chatId } = (await carol.call("chat.openDirect", { userId: dave.userId })).chat;
  const send = (clientId: string) =>
    carol.call("message.send", { chatId, clientId, kind: "text", body: { text: "hello" } });
  const first = await send(uuidv7());
  asked.length = 0;
  const clientId = uuidv7();
  const second = await send(clientId);
  const ofThem = asked.filter((one) => [chatId, carol.userId, dave.userId].some((id) => one.includes(id)));
  assert.deepEqual(
    ofThem.map((one) => one.split(" ", 1)[0]),
    ["appendIf"],
  );
  assert.deepEqual([first.seq, second.seq, await send(clientId)], [1, 2, second]);
  await dave.event("message.new", ({ seq }) => seq === 2);
});
