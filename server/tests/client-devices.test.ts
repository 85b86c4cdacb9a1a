import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { TabChannel } from "@parley/protocol/client";
import { type App, type AppOptions, app } from "./_util/client-app.ts";
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

async function newApp(options: AppOptions = {}): Promise<App> {
  const made = await app(node.wsUrl, options);
  apps.push(made);
  return made;
}

/** Another device of the same person. */
async function anotherDevice(of: App): Promise<App> {
  const device = await newApp({ register: false });
  const synced = device.until("synced", ({ chats }) => chats >= 0);
  await device.client.signIn({ handle: of.handle, password: of.password });
  await synced;
  return device;
}

/** Two tabs of one browser hear each other. */
function tabPair(): [TabChannel, TabChannel] {
  const listeners: (((message: unknown) => void) | null)[] = [null, null];
  const channel = (own: number): TabChannel => ({
    post: (message) => setImmediate(() => listeners[1 - own]?.(structuredClone(message))),
    listen(heard) {
      listeners[own] = heard;
      return () => {
        listeners[own] = null;
      };
    },
  });
  return [channel(0), channel(1)];
}

const numbered = (count: number) => Array.from({ length: count }, (_, i) => `message ${i + 1}`);

test("[SYNC-3] devices of one person converge: messages, read markers, a device that was away", async () => {
  const [ann, ben] = await Promise.all([newApp(), newApp()]);
  const tablet = await anotherDevice(ann);
  const { chat } = await ann.client.request("chat.openDirect", { userId: ben.userId });
  await ann.client.send(chat.chatId, { kind: "text", body: { text: "from the phone" } });
  await tablet.until("messages", () => tablet.texts(chat.chatId).includes("from the phone"));
  await tablet.client.stop();
  for (const text of numbered(60)) await ben.client.send(chat.chatId, { kind: "text", body: { text } });
  await ann.until("chat", () => ann.client.chat(chat.chatId)?.unread === 60);
  ann.client.markRead(chat.chatId, 41);
  await ann.until("chat", () => ann.client.chat(chat.chatId)?.unread === 20);
  const back = await newApp({ storage: tablet.storage, register: false });
  await back.until("chat", () => back.client.chat(chat.chatId)?.head === 61);
  assert.deepEqual(back.texts(chat.chatId), numbered(60), "the hole of forty is filled, in order");
  await back.until("chat", () => back.client.chat(chat.chatId)?.unread === 20);
  back.client.markRead(chat.chatId, 61);
  await ann.until("chat", () => ann.client.chat(chat.chatId)?.unread === 0);
});

test("[MSG-5] [SYNC-5] a new device scrolls back through everything, each page fetched once", async () => {
  const [ann, ben] = await Promise.all([newApp(), newApp()]);
  const { chat } = await ann.client.request("chat.openDirect", { userId: ben.userId });
  for (const text of numbered(130)) await ann.client.send(chat.chatId, { kind: "text", body: { text } });
  await ben.until("chat", () => ben.client.chat(chat.chatId)?.head === 130);
  const device = await anotherDevice(ben);
  await device.until("chat", () => device.client.chat(chat.chatId)?.head === 130);
  const scroll = async () => {
    const texts: string[] = [];
    let before = 131;
    for (let more = true; more; ) {
      const page = await device.client.history(chat.chatId, { before, limit: 50 });
      texts.unshift(...page.messages.map((message) => (message.kind === "text" ? message.body.text : message.kind)));
      before = page.messages[0]?.seq ?? 1;
      more = page.more;
    }
    return texts;
  };
  assert.deepEqual(await scroll(), numbered(130));
  await device.client.stop();
  const offline = await newApp({ storage: device.storage, register: false, url: "ws://127.0.0.1:9/ws" });
  const { messages } = await offline.client.history(chat.chatId, { before: 101, limit: 100 });
  assert.equal(messages.length, 100);
});

test("[CHAT-3] [S8] a removed member's client loses the chat, a returning one starts anew", async () => {
  const [ann, ben] = await Promise.all([newApp(), newApp()]);
  const { chat } = await ann.client.request("chat.createGroup", { name: "Tea", members: [ben.userId] });
  await ann.client.send(chat.chatId, { kind: "text", body: { text: "welcome" } });
  await ben.until("messages", () => ben.texts(chat.chatId).includes("welcome"));
  await ann.client.request("member.remove", { chatId: chat.chatId, userId: ben.userId });
  await ben.until("chatRemoved", () => ben.client.chat(chat.chatId) === undefined);
  await ann.client.send(chat.chatId, { kind: "text", body: { text: "behind your back" } });
  await ann.until("outbox", () => ann.client.outbox.length === 0);
  await ann.client.request("member.add", { chatId: chat.chatId, userId: ben.userId });
  await ben.until("chat", () => ben.client.chat(chat.chatId) !== undefined);
  await ann.client.send(chat.chatId, { kind: "text", body: { text: "you are back" } });
  await ben.until("messages", () => ben.texts(chat.chatId).includes("you are back"));
  assert.ok(!ben.texts(chat.chatId).includes("behind your back"));
});

test("two tabs of one browser share cache and outbox: each message is sent once", async () => {
  const [left, right] = tabPair();
  const ben = await newApp();
  const first = await newApp({ options: { tabs: left } });
  const { chat } = await first.client.request("chat.openDirect", { userId: ben.userId });
  const second = await newApp({ storage: first.storage, register: false, options: { tabs: right } });
  await second.until("chat", () => second.client.chat(chat.chatId) !== undefined);
  await Promise.all([
    ...numbered(5).map((text) => first.client.send(chat.chatId, { kind: "text", body: { text: `first ${text}` } })),
    ...numbered(5).map((text) => second.client.send(chat.chatId, { kind: "text", body: { text: `second ${text}` } })),
  ]);
  await ben.until("messages", () => ben.texts(chat.chatId).length === 10);
  await second.until("messages", () => second.texts(chat.chatId).length === 10);
  await first.client.stop();
  await second.client.send(chat.chatId, { kind: "text", body: { text: "the other one goes on" } });
  await ben.until("messages", () => ben.texts(chat.chatId).includes("the other one goes on"));
  assert.equal(ben.texts(chat.chatId).length, 11);
});
