import assert from "node:assert/strict";
import { test } from "node:test";
import type { Message } from "../src/schema/message.ts";
import { ModelServer } from "./client-model-server.ts";
import { clientOf, PASSWORD, person } from "./client-person.ts";
import { seededRandom, VirtualTime } from "./client-virtual-time.ts";

async function reader() {
  const time = new VirtualTime();
  const server = new ModelServer(time);
  const ann = await person(server);
  const ben = server.id();
  const chatId = server.id();
  server.chats.make(chatId, "direct", [ann.userId, ben]);
  const write = (count: number, how: { silently?: boolean } = {}) => {
    for (let i = 0; i < count; i++)
      server.write(chatId, ben, `m${(server.chats.chats.get(chatId)?.log.length ?? 0) + 1}`, how);
  };
  const seqs = () => (ann.screen.messages.get(chatId) ?? []).map(({ seq }) => seq);
  return { time, server, ann, ben, chatId, write, seqs };
}

const upTo = (n: number, from = 1) => Array.from({ length: n - from + 1 }, (_, i) => i + from);
const textsOf = (messages: readonly Message[]) =>
  messages.map((message) => message.kind === "text" && message.body.text);

test("[SYNC-1] a chat that is new is learnt from its first message", async () => {
  const { time, ann, chatId, write, seqs } = await reader();
  write(1);
  await time.until(() => seqs().length === 1, "shown");
  assert.equal(ann.client.chat(chatId)?.unread, 1);
});

test("[S3] a gap in the pushes is fetched, and what waited follows in order", async () => {
  const { time, server, chatId, write, seqs } = await reader();
  write(1);
  await time.until(() => seqs().length === 1, "first");
  write(3, { silently: true });
  write(2);
  await time.until(() => seqs().length === 6, "filled");
  assert.deepEqual(seqs(), upTo(6));
  assert.equal(server.count("message.history"), 1);
  assert.ok(chatId);
});

test("[S3] a hole of one page after a reconnect is filled, a larger one starts the chat anew", async () => {
  const { time, server, ann, chatId, write, seqs } = await reader();
  write(2);
  await time.until(() => seqs().length === 2, "first");
  server.cut();
  write(100, { silently: true });
  await time.until(() => seqs().length === 102, "filled");
  assert.deepEqual(seqs(), upTo(102));
  server.cut();
  write(500, { silently: true });
  await time.until(() => ann.client.chat(chatId)?.head === 602, "restarted");
  assert.deepEqual(seqs(), upTo(602, 583));
  assert.equal(ann.client.chat(chatId)?.unread, 200);
});

test("[S7] sync.behind is followed by a pull that brings what was not pushed", async () => {
  const { time, server, ann, chatId, write, seqs } = await reader();
  write(1);
  await time.until(() => seqs().length === 1, "first");
  write(5, { silently: true });
  server.push(ann.userId, "sync.behind", { chatIds: [chatId] });
  await time.until(() => seqs().length === 6, "caught up");
  assert.deepEqual(seqs(), upTo(6));
});

test("a push that is lost at the end of a chat is found within minutes", async () => {
  const { time, write, seqs } = await reader();
  write(1);
  await time.until(() => seqs().length === 1, "first");
  write(1, { silently: true });
  await time.until(() => seqs().length === 2, "found", 10 * 60_000);
});

test("[SYNC-4] the state of many chats comes in pages", async () => {
  const { time, server, ann, ben } = await reader();
  server.pageSize = 7;
  const chatIds = Array.from({ length: 30 }, () => server.id());
  for (const chatId of chatIds) {
    server.chats.make(chatId, "direct", [ann.userId, ben]);
    server.write(chatId, ben, "x", { silently: true });
  }
  server.cut();
  await time.until(() => chatIds.every((chatId) => ann.client.chat(chatId)?.head === 1), "all chats");
});

test("[SYNC-4] what is learnt live while a new device's pages are on their way is not told again", async () => {
  const { time, server, ann, chatId, ben, write } = await reader();
  write(3);
  const other = server.id();
  server.chats.make(other, "group", [ann.userId, ben]);
  server.write(other, ben, "first");
  server.pageSize = 1;
  const { client, screen } = clientOf(server, { random: seededRandom(5) });
  await client.start();
  void client.signIn({ handle: ann.handle, password: PASSWORD });
  await time.until(() => screen.chats.size === 1, "one of two pages");
  const late = screen.chats.has(chatId) ? other : chatId;
  server.write(late, ben, "live");
  await time.until(() => screen.all("synced").length > 0, "synced");
  await time.pass(5_000);
  const told = screen.all("messages").filter((event) => event.chatId === late);
  assert.ok(told[0]?.messages.some((message) => message.kind === "text" && message.body.text === "live"));
  assert.ok(told.slice(1).every(({ restart }) => !restart));
  const counted = server.chats.chats.get(late)?.log.length;
  assert.equal(client.chat(late)?.unread, counted);
  assert.equal(client.chat(late)?.head, counted);
});

test("[CHAT-7] [MSG-11] unread counts agree with the server after any reading", async () => {
  const { time, server, ann, chatId, write, seqs } = await reader();
  write(10);
  await time.until(() => seqs().length === 10, "shown");
  assert.equal(ann.client.chat(chatId)?.unread, 10);
  ann.client.markRead(chatId, 4);
  await time.until(() => ann.client.chat(chatId)?.unread === 6, "recounted");
  await time.until(() => server.chats.read.get(`${ann.userId}:${chatId}`) === 4, "told");
  ann.client.markRead(chatId, 3);
  ann.client.markRead(chatId, 99);
  assert.equal(ann.client.chat(chatId)?.readSeq, 10);
  assert.equal(ann.client.chat(chatId)?.unread, 0);
  write(2);
  await time.until(() => seqs().length === 12, "more");
  assert.equal(ann.client.chat(chatId)?.unread, 2);
  // Another device of the same person reads the rest.
  server.push(ann.userId, "read.changed", { chatId, userId: ann.userId, read: 11, delivered: 12 });
  await time.until(() => ann.client.chat(chatId)?.unread === 1, "elsewhere");
});

test("[CHAT-7] [MSG-11] a page that closes before it has counted counts when it comes back", async () => {
  const { time, server, ann, chatId, write, seqs } = await reader();
  write(10);
  await time.until(() => seqs().length === 10, "shown");
  ann.client.markRead(chatId, 4);
  void ann.client.stop();
  await time.pass(1_000);
  const again = clientOf(server, { storage: ann.storage, random: seededRandom(3) });
  void again.client.start();
  await time.until(() => again.client.chat(chatId)?.unread === 6, "counted");
  assert.equal(again.client.chat(chatId)?.readSeq, 4);
});

test("[MSG-11] [MSG-12] in a chat that never rests, what was read and received is told all the same", async () => {
  const { time, server, ann, chatId, write, seqs } = await reader();
  const before = server.count("message.markRead");
  for (let second = 0; second < 3; second += 1) {
    for (let tenth = 0; tenth < 10; tenth += 1) {
      write(1);
      await time.pass(100);
      ann.client.markRead(chatId, seqs().length);
    }
    const told = [server.chats.read, server.chats.delivered].map((of) => of.get(`${ann.userId}:${chatId}`) ?? 0);
    assert.ok(Math.min(...told) >= second * 10 + 5, `told ${told} of ${seqs().length}`);
  }
  const requests = server.count("message.markRead") - before;
  assert.ok(requests < 20, `${requests} requests for 30 messages`);
});

test("[MSG-11] what was read offline is told after the reconnect, once", async () => {
  const { time, server, ann, chatId, write, seqs } = await reader();
  write(5);
  await time.until(() => seqs().length === 5, "shown");
  server.down = true;
  server.cut();
  await time.until(() => ann.client.state.name === "waiting", "offline");
  for (const seq of upTo(5)) ann.client.markRead(chatId, seq);
  assert.equal(server.count("message.markRead"), 0);
  void ann.client.stop();
  await time.pass(1_000);
  server.down = false;
  const again = clientOf(server, { storage: ann.storage, random: seededRandom(3) });
  void again.client.start();
  await time.until(() => server.chats.read.get(`${ann.userId}:${chatId}`) === 5, "told");
  await time.pass(60_000);
  assert.equal(server.count("message.markRead"), 1);
  assert.equal(again.client.chat(chatId)?.unread, 0);
});

test("[MSG-12] what arrives is marked delivered by itself", async () => {
  const { time, server, ann, chatId, write } = await reader();
  write(3);
  await time.until(() => server.chats.delivered.get(`${ann.userId}:${chatId}`) === 3, "delivered");
});

test("[SYNC-5] a reload shows what was cached, and a second look asks for nothing", async () => {
  const { time, server, ann, chatId, write, seqs } = await reader();
  write(1);
  await time.until(() => seqs().length === 1, "known");
  write(149);
  await time.until(() => seqs().length === 150, "shown");
  void ann.client.stop();
  await time.pass(1_000);
  server.down = true;
  const { client, screen } = clientOf(server, { storage: ann.storage, random: seededRandom(3) });
  await client.start();
  assert.equal(screen.all("loaded")[0]?.chats[0]?.head, 150);
  const newest = await client.history(chatId, { limit: 50 });
  assert.deepEqual(
    newest.messages.map(({ seq }) => seq),
    upTo(150, 101),
  );
  const older = await client.history(chatId, { before: 101, limit: 200 });
  assert.deepEqual(
    older.messages.map(({ seq }) => seq),
    upTo(100),
  );
  assert.deepEqual([newest.more, older.more], [true, false]);
  assert.deepEqual(textsOf(older.messages.slice(0, 2)), ["m1", "m2"]);
});

test("[MSG-5] [SYNC-5] older pages are fetched once, then cached", async () => {
  const time = new VirtualTime();
  const server = new ModelServer(time);
  const ann = await person(server);
  const chatId = server.id();
  const ben = server.id();
  server.chats.make(chatId, "direct", [ann.userId, ben]);
  for (let i = 0; i < 300; i++) server.write(chatId, ben, `m${i}`, { silently: true });
  server.cut();
  await time.until(() => ann.client.chat(chatId)?.head === 300, "synced");
  const read = async () => {
    const seqs: number[] = [];
    let before: number | undefined;
    for (let more = true; more; ) {
      let page: Awaited<ReturnType<typeof ann.client.history>> | null = null;
      void ann.client.history(chatId, { ...(before ? { before } : {}), limit: 100 }).then((read) => {
        page = read;
      });
      await time.until(() => page !== null, "page");
      const { messages, more: further } = page as unknown as { messages: Message[]; more: boolean };
      seqs.unshift(...messages.map(({ seq }) => seq));
      before = messages[0]?.seq;
      more = further;
    }
    return seqs;
  };
  assert.deepEqual(await read(), upTo(300));
  const asked = server.count("message.history");
  assert.ok(asked > 0);
  await time.pass(100);
  assert.deepEqual(await read(), upTo(300));
  assert.equal(server.count("message.history"), asked);
});

test("[S8] who left a chat no longer has it, also when the news comes by the inbox", async () => {
  const { time, server, ann, chatId, write, seqs } = await reader();
  write(2);
  await time.until(() => seqs().length === 2, "shown");
  server.cut();
  server.chats.chats.get(chatId)?.members.delete(ann.userId);
  server.chats.notify(ann.userId, { kind: "left", chatId, seq: 3 });
  await time.until(() => ann.client.chat(chatId) === undefined, "gone");
  assert.deepEqual(ann.screen.all("chatRemoved"), [{ chatId }]);
  assert.deepEqual(await ann.storage.all("chats"), []);
});

test("a chat whose log was rewritten is shown anew", async () => {
  const { time, server, ann, ben, chatId, write, seqs } = await reader();
  write(5);
  await time.until(() => seqs().length === 5, "shown");
  await time.pass(100);
  server.cut();
  const chat = server.chats.chats.get(chatId);
  if (chat) chat.log = [];
  for (const text of ["x", "y", "z", "u", "v", "w"]) server.write(chatId, ben, text, { silently: true });
  await time.until(() => ann.screen.texts(chatId).includes("w"), "anew");
  assert.deepEqual(ann.screen.texts(chatId), ["x", "y", "z", "u", "v", "w"]);
});

test("[MSG-13] typing of others stops by itself, and own typing is said sparingly", async () => {
  const { time, server, ann, ben, chatId, write, seqs } = await reader();
  write(1);
  await time.until(() => seqs().length === 1, "shown");
  server.push(ann.userId, "typing.changed", { chatId, userId: ben, typing: true });
  await time.pass(5_900);
  assert.deepEqual(
    ann.screen.all("typing").map(({ typing }) => typing),
    [true],
  );
  await time.pass(200);
  assert.deepEqual(
    ann.screen.all("typing").map(({ typing }) => typing),
    [true, false],
  );
  for (let i = 0; i < 50; i++) {
    ann.client.setTyping(chatId, true);
    await time.pass(100);
  }
  ann.client.setTyping(chatId, false);
  ann.client.setTyping(chatId, false);
  await time.pass(100);
  assert.equal(server.count("message.setTyping"), 3);
});
