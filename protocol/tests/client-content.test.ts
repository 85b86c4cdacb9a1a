import assert from "node:assert/strict";
import { test } from "node:test";
import type { Message, NewContent } from "../src/schema/message.ts";
import { cardOf } from "./client-model-content.ts";
import { ModelServer } from "./client-model-server.ts";
import { clientOf, person } from "./client-person.ts";
import { VirtualTime } from "./client-virtual-time.ts";

async function pair() {
  const time = new VirtualTime();
  const server = new ModelServer(time);
  const [ann, ben] = [await person(server), await person(server)];
  const chatId = server.id();
  server.chats.make(chatId, "direct", [ann.userId, ben.userId]);
  server.cut();
  await time.until(() => [ann, ben].every(({ client }) => client.chat(chatId)), "chat");
  return { time, server, ann, ben, chatId };
}

function bodiesOf(messages: readonly Message[] | undefined): unknown[] {
  return (messages ?? []).map((message) => (message.kind === "void" ? "void" : [message.kind, message.body]));
}

test("[MSG-7] every kind is sent, shown by its sender as it is stored, and reaches the others", async () => {
  const { time, server, ann, ben, chatId } = await pair();
  const contents: NewContent[] = [
    { kind: "text", body: { text: "hello", mentions: [ben.userId, ben.userId] } },
    { kind: "location", body: { latitude: 52.5, longitude: 13.4, label: "Here" } },
    { kind: "contact", body: { userId: ben.userId } },
    { kind: "poll", body: { question: "Tea?", options: ["yes", "no"], multiple: false, anonymous: true } },
    { kind: "forward", body: { chatId, seqs: [1] } },
    { kind: "forward", body: { chatId, seqs: [1, 2] } },
  ];
  // The pushes do not come: what is not known must be fetched.
  server.losesPush = () => true;
  for (const content of contents) void ann.client.send(chatId, content);
  await time.until(() => ann.client.chat(chatId)?.head === contents.length, "applied");
  assert.equal(ann.client.outbox.length, 0);
  const log = server.chats.chats.get(chatId)?.log;
  assert.deepEqual(bodiesOf(ann.screen.messages.get(chatId)), bodiesOf(log));
  assert.deepEqual(bodiesOf(log)[0], ["text", { text: "hello", mentions: [ben.userId] }]);
  assert.deepEqual(bodiesOf(log)[2], ["contact", { user: cardOf(ben.userId) }]);
  server.losesPush = () => false;
  server.cut();
  await time.until(() => ben.client.chat(chatId)?.head === contents.length, "others");
  assert.deepEqual(bodiesOf(ben.screen.messages.get(chatId)), bodiesOf(log));
});

test("[MSG-7] what no server would take is refused before it is persisted", async () => {
  const { ann, chatId } = await pair();
  const refused: NewContent[] = [
    { kind: "text", body: { text: " \n" } },
    { kind: "text", body: { text: "ä".repeat(16_000) } },
    { kind: "location", body: { latitude: 91, longitude: 0 } },
    { kind: "poll", body: { question: "?", options: ["one"], multiple: false, anonymous: false } },
    { kind: "forward", body: { chatId, seqs: [] } },
  ];
  for (const content of refused) await assert.rejects(ann.client.send(chatId, content), /invalidParams/);
  assert.deepEqual(await ann.storage.all("outbox"), []);
});

test("[MSG-4] [MSG-7] what an earlier version wrote into the outbox is sent as a text", async () => {
  const { time, server, ann, chatId } = await pair();
  await ann.client.stop();
  const clientId = "01900000-0000-7000-8000-0000000000aa";
  const row = {
    clientId,
    chatId,
    body: { text: "of old" },
    createdAt: time.now(),
    order: 1,
    state: { name: "sending" },
  };
  await ann.storage.write([{ table: "outbox", key: clientId, value: row }]);
  const { client } = clientOf(server, { storage: ann.storage });
  void client.start();
  await time.until(() => server.chats.chats.get(chatId)?.log.length === 1, "sent");
  assert.deepEqual(bodiesOf(server.chats.chats.get(chatId)?.log), [["text", { text: "of old" }]]);
});

test("[S9] own messages of any kind come back in a new epoch that lost them", async () => {
  const { time, server, ann, chatId } = await pair();
  void ann.client.send(chatId, { kind: "location", body: { latitude: 1, longitude: 2 } });
  await time.until(() => ann.client.chat(chatId)?.head === 1 && ann.client.outbox.length === 0, "sent");
  const chat = server.chats.chats.get(chatId);
  assert.ok(chat);
  chat.log = [];
  server.chats.epoch = "e2";
  server.cut();
  await time.until(() => chat.log.length === 1, "sent again");
  assert.deepEqual(bodiesOf(chat.log), [["location", { latitude: 1, longitude: 2 }]]);
});
