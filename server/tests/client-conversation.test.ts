import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type App, app } from "./_util/client-app.ts";
import { startNode, type TestNode } from "./_util/node.ts";

let node: TestNode;
const apps: App[] = [];

before(async () => {
  node = await startNode();
});

after(async () => {
  await Promise.all(apps.map(({ client }) => client.stop()));
  await node.stop();
});

async function newApp(options: Parameters<typeof app>[1] = {}): Promise<App> {
  const made = await app(node.wsUrl, options);
  apps.push(made);
  return made;
}

test("[MSG-3] two people converse: sent, received, read", async () => {
  const [ann, ben] = await Promise.all([newApp(), newApp()]);
  const { chat } = await ann.client.request("chat.openDirect", { userId: ben.userId });
  await ann.client.send(chat.chatId, { kind: "text", body: { text: "hello" } });
  await ann.until("outbox", (change) => change.state === "sent");
  await ben.until("messages", () => ben.texts(chat.chatId).includes("hello"));
  await ben.client.send(chat.chatId, { kind: "text", body: { text: "hi" } });
  await ann.until("messages", () => ann.texts(chat.chatId).includes("hi"));
  await ben.until("messages", () => ben.texts(chat.chatId).includes("hi"));
  assert.deepEqual(ann.texts(chat.chatId), ["hello", "hi"]);
  assert.deepEqual(ben.texts(chat.chatId), ["hello", "hi"]);
  await ann.until("chat", () => ann.client.chat(chat.chatId)?.unread === 1);
  const read = ben.until("receipts", ({ userId, read }) => userId === ann.userId && read === 2);
  ann.client.markRead(chat.chatId, 2);
  await read;
  assert.equal(ann.client.chat(chat.chatId)?.unread, 0);
});

test("[MSG-4] what is written offline goes out in order when the server is back", async () => {
  const [ann, ben] = await Promise.all([newApp(), newApp()]);
  const { chat } = await ann.client.request("chat.openDirect", { userId: ben.userId });
  await ben.client.stop();
  const offline = await newApp({ storage: ben.storage, register: false });
  await ann.client.send(chat.chatId, { kind: "text", body: { text: "while you were out" } });
  await offline.until("messages", () => offline.texts(chat.chatId).includes("while you were out"));
  await ann.until("outbox", () => ann.client.outbox.length === 0);
  await ann.client.stop();
  const silent = await newApp({ storage: ann.storage, register: false, url: "ws://127.0.0.1:9/ws" });
  for (const text of ["one", "two", "three"]) await silent.client.send(chat.chatId, { kind: "text", body: { text } });
  assert.equal(silent.client.outbox.length, 3);
  await silent.client.stop();
  const back = await newApp({ storage: ann.storage, register: false });
  await offline.until("messages", () => offline.texts(chat.chatId).length === 4);
  assert.deepEqual(offline.texts(chat.chatId), ["while you were out", "one", "two", "three"]);
  await back.until("outbox", () => back.client.outbox.length === 0);
});

test("[SYNC-5] a reload shows chats and messages before the network answers", async () => {
  const [ann, ben] = await Promise.all([newApp(), newApp()]);
  const { chat } = await ann.client.request("chat.openDirect", { userId: ben.userId });
  for (const text of ["a", "b", "c"]) await ann.client.send(chat.chatId, { kind: "text", body: { text } });
  await ben.until("messages", () => ben.texts(chat.chatId).length === 3);
  await ben.client.stop();
  const reloaded = await newApp({ storage: ben.storage, register: false, url: "ws://127.0.0.1:9/ws" });
  const view = reloaded.client.chat(chat.chatId);
  assert.equal(view?.head, 3);
  assert.equal(view?.unread, 3);
  const { messages, more } = await reloaded.client.history(chat.chatId, { limit: 50 });
  assert.deepEqual(
    messages.map((message) => message.kind === "text" && message.body.text),
    ["a", "b", "c"],
  );
  assert.equal(more, false);
});

test("[ACC-5] [NET-1] sign-in by password bound to the channel, then by ticket after a cut", async () => {
  const ann = await newApp();
  await ann.client.signOut();
  await assert.rejects(ann.client.signIn({ handle: ann.handle, password: "not the password" }), {
    name: "CREDENTIALS_INVALID",
  });
  const account = await ann.client.signIn({ handle: ann.handle, password: ann.password });
  assert.equal(account.userId, ann.userId);
  const online = ann.until("state", ({ name }) => name === "online");
  ann.cut();
  await online;
  assert.equal(ann.client.protection?.kind, "sealed");
});
