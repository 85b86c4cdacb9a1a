import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, describe, it } from "node:test";
import type { Method } from "@parley/protocol";
import { startNode, type TestNode } from "./_util/node.ts";
import { openDirect, type Person, registerPerson, textMessage } from "./_util/person.ts";

/** Every method that names a chat, as somebody would try it on one. */
const ATTEMPTS: readonly (readonly [Method, (chatId: string, other: Person) => object])[] = [
  ["chat.get", (chatId) => ({ chatId })],
  ["chat.leave", (chatId) => ({ chatId })],
  ["chat.receipts", (chatId) => ({ chatId })],
  ["member.add", (chatId, other) => ({ chatId, userId: other.userId })],
  ["member.remove", (chatId, other) => ({ chatId, userId: other.userId })],
  ["member.list", (chatId) => ({ chatId, limit: 10 })],
  ["message.send", (chatId) => textMessage(chatId, "let me in")],
  ["message.history", (chatId) => ({ chatId, limit: 10 })],
  ["message.markRead", (chatId) => ({ chatId, seq: 1 })],
  ["message.markDelivered", (chatId) => ({ chatId, seq: 1 })],
  ["message.setTyping", (chatId) => ({ chatId, typing: true })],
];
const NO_CHAT = "a".repeat(26);

describe("[MSG-5] who is no member", () => {
  let node: TestNode;
  let ann: Person;
  let bob: Person;
  let eve: Person;

  before(async () => {
    node = await startNode();
    [ann, bob, eve] = await Promise.all([
      registerPerson(node.wsUrl),
      registerPerson(node.wsUrl),
      registerPerson(node.wsUrl),
    ]);
  });
  after(async () => {
    for (const person of [ann, bob, eve]) await person.connection.close();
    await node.stop();
  });

  async function createGroup(...members: Person[]): Promise<string> {
    const params = { name: "group", members: members.map((member) => member.userId) };
    const { chat } = (await ann.connection.request("chat.createGroup", params)) as { chat: { chatId: string } };
    return chat.chatId;
  }

  for (const [method, attempt] of ATTEMPTS) {
    it(`gets the same answer from ${method} for a chat of others as for none`, async () => {
      for (const chatId of [await openDirect(ann, bob), await createGroup(bob), NO_CHAT]) {
        assert.equal(await eve.connection.refusal(method, attempt(chatId, bob)), "CHAT_NOT_FOUND", chatId);
      }
    });
  }

  it("finds nothing of it in a sync, and hears nothing", async () => {
    const chatId = await createGroup(bob);
    await ann.connection.request("message.send", textMessage(chatId, "among us"));
    await bob.connection.event("message.new", (message: { chatId: string }) => message.chatId === chatId);
    const pulled = JSON.stringify(await eve.connection.request("sync.pull", { heads: { [chatId]: 0 } }));
    assert(!pulled.includes(chatId));
    const heard = eve.connection.events.filter((event) => JSON.stringify(event.params).includes(chatId));
    assert.deepEqual(heard, []);
  });

  it("cannot write by resending a member's clientId", async () => {
    const chatId = await createGroup(bob);
    const message = textMessage(chatId, "mine", randomUUID());
    await ann.connection.request("message.send", message);
    assert.equal(await eve.connection.refusal("message.send", message), "CHAT_NOT_FOUND");
  });

  it("[S8] gets nothing after the entry of the own removal, and is told so in words", async () => {
    const chatId = await createGroup(bob, eve);
    await eve.connection.event("chat.changed", ({ chat }: { chat: { chatId: string } }) => chat.chatId === chatId);
    const { seq } = (await ann.connection.request("member.remove", { chatId, userId: eve.userId })) as { seq: number };
    await ann.connection.request("message.send", textMessage(chatId, "she is gone"));
    await bob.connection.event("message.new", (message: { chatId: string; seq: number }) => {
      return message.chatId === chatId && message.seq === seq + 1;
    });
    for (const [method, attempt] of ATTEMPTS) {
      assert.equal(await eve.connection.refusal(method, attempt(chatId, bob)), "NOT_MEMBER", method);
    }
    const { chats } = (await eve.connection.request("sync.pull", {})) as { chats: { chat: { chatId: string } }[] };
    assert(!chats.some(({ chat }) => chat.chatId === chatId));
    const later = eve.connection.events.filter(({ method, params }) => {
      const message = params as { chatId?: string; seq?: number };
      return method === "message.new" && message.chatId === chatId && (message.seq ?? 0) > seq;
    });
    assert.deepEqual(later, []);
  });

  it("who comes back reads from the own entry on, not what was said in between", async () => {
    const chatId = await createGroup(bob, eve);
    await ann.connection.request("member.remove", { chatId, userId: eve.userId });
    await ann.connection.request("message.send", textMessage(chatId, "in between"));
    const { seq } = (await ann.connection.request("member.add", { chatId, userId: eve.userId })) as { seq: number };
    await ann.connection.request("message.send", textMessage(chatId, "welcome back"));
    const page = (await eve.connection.request("message.history", { chatId, limit: 100 })) as {
      messages: { seq: number }[];
    };
    assert.deepEqual(
      page.messages.map((message) => message.seq),
      [seq, seq + 1],
    );
  });

  it("who is a member, but not the owner, can remove nobody", async () => {
    const chatId = await createGroup(bob, eve);
    const remove = (by: Person, whom: Person) =>
      by.connection.refusal("member.remove", { chatId, userId: whom.userId });
    assert.equal(await remove(bob, eve), "FORBIDDEN");
    assert.equal(await remove(eve, ann), "FORBIDDEN");
    assert.equal(await ann.connection.refusal("chat.leave", { chatId }), "OWNER_MUST_TRANSFER");
  });
});
