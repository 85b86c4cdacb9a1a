import assert from "node:assert/strict";
import { test } from "node:test";
import { LocalUser } from "../src/live/local-user.ts";
import { uuidv7 } from "./_util/client-ids.ts";
import type { DomainNode } from "./_util/domain-node.ts";
import type { DomainPeer } from "./_util/domain-peer.ts";
import { onEachStore } from "./_util/domain-stores.ts";
import { refused } from "./_util/refusal.ts";

const NOBODY = "a".repeat(26);

onEachStore((store) => {
  let people = 0;
  const person = (node: DomainNode) => node.connect().register(`person${++people}`);
  const say = (peer: DomainPeer, chatId: string, text: string) =>
    peer.call("message.send", { chatId, clientId: uuidv7(store.clock.now()), kind: "text", body: { text } });
  const texts = async (peer: DomainPeer, chatId: string) =>
    (await peer.call("message.history", { chatId, limit: 200 })).messages.map((message) =>
      message.kind === "text" ? message.body.text : message.kind === "system" ? message.body.event : message.kind,
    );

  test("[CHAT-1] of 50 parallel openings of a direct chat all get the same one", async () => {
    const nodes = await Promise.all([store.node(), store.node()]);
    const alice = await person(nodes[0]);
    const bob = await person(nodes[1]);
    const opened = await Promise.all(
      Array.from({ length: 50 }, (_, i) => {
        const [from, to] = i % 2 === 0 ? [alice, bob] : [bob, alice];
        return from.call("chat.openDirect", { userId: to.userId });
      }),
    );
    assert.equal(new Set(opened.map(({ chat }) => chat.chatId)).size, 1);
    const [{ chat } = assert.fail()] = opened;
    assert.deepEqual([chat.kind, chat.memberCount, chat.role, chat.peer?.userId], ["direct", 2, "member", bob.userId]);
    assert.ok(!chat.chatId.includes(alice.userId.slice(0, 6)));
    for (const peer of [alice, bob]) {
      const { chats } = await peer.call("sync.pull", {});
      assert.deepEqual(
        chats.map((one) => one.chat.chatId),
        [chat.chatId],
      );
    }
    assert.equal((await say(alice, chat.chatId, "first")).seq, 1);
    await refused(alice.call("chat.openDirect", { userId: alice.userId }), "SELF_NOT_ALLOWED");
    await refused(alice.call("chat.openDirect", { userId: NOBODY }), "NOT_FOUND");
    const calls = [
      alice.call("chat.leave", { chatId: chat.chatId }),
      alice.call("member.add", { chatId: chat.chatId, userId: bob.userId }),
      alice.call("member.remove", { chatId: chat.chatId, userId: bob.userId }),
    ];
    await Promise.all(calls.map((call) => refused(call, "NOT_A_GROUP")));
  });

  test("[CHAT-2] a group appears with its members at once, on every node", async () => {
    const [here, there] = await Promise.all([store.node(), store.node()]);
    const [owner, bob, carol] = [await person(here), await person(there), await person(there)];
    const { chat } = await owner.call("chat.createGroup", {
      name: "Friends",
      members: [bob.userId, bob.userId, owner.userId],
    });
    assert.deepEqual(
      [chat.kind, chat.name, chat.role, chat.memberCount, chat.joinedSeq],
      ["group", "Friends", "owner", 2, 1],
    );
    const { chat: seen } = await bob.event("chat.changed");
    assert.deepEqual([seen.chatId, seen.role], [chat.chatId, "member"]);
    await say(owner, chat.chatId, "welcome");
    const welcome = await bob.event("message.new", ({ kind }) => kind === "text");
    assert.equal(welcome.seq, 2);
    const { seq } = await owner.call("member.add", { chatId: chat.chatId, userId: carol.userId });
    assert.deepEqual(await bob.event("member.changed"), {
      chatId: chat.chatId,
      userId: carol.userId,
      change: "added",
      seq,
    });
    await carol.event("message.new", (message) => message.seq === seq);
    assert.deepEqual(await texts(carol, chat.chatId), ["added"]);
    assert.deepEqual(await texts(bob, chat.chatId), ["created", "welcome", "added"]);
    const listed = await carol.call("member.list", { chatId: chat.chatId, limit: 2 });
    const rest = await carol.call("member.list", {
      chatId: chat.chatId,
      limit: 2,
      after: listed.members[1]?.user.userId ?? "",
    });
    assert.equal(listed.more, true);
    assert.equal(rest.more, undefined);
    const members = [...listed.members, ...rest.members];
    assert.deepEqual(
      members.map(({ user }) => user.userId),
      [owner, bob, carol].map(({ userId }) => userId).sort(),
    );
    assert.equal(members.find(({ user }) => user.userId === carol.userId)?.joinedSeq, seq);
  });

  test("[CHAT-3] the last one out may be the owner", async () => {
    const node = await store.node();
    const owner = await person(node);
    const { chatId } = (await owner.call("chat.createGroup", { name: "Alone", members: [] })).chat;
    await owner.call("chat.leave", { chatId });
    await refused(say(owner, chatId, "hello?"), "NOT_MEMBER");
    assert.deepEqual((await owner.call("sync.pull", {})).chats, []);
  });

  test("[S8] who is removed before their seat is taken gets no seat", async () => {
    const node = await store.node();
    const owner = await node.connect().register("s8x.owner");
    const bob = await node.connect().register("s8x.bob");
    bob.hangUp();
    const { chatId } = (await owner.call("chat.createGroup", { name: "S8", members: [] })).chat;
    const send = (text: string) =>
      owner.call("message.send", { chatId, clientId: uuidv7(), kind: "text", body: { text } });
    const { seq: added } = await owner.call("member.add", { chatId, userId: bob.userId });
    const { seq: removed } = await owner.call("member.remove", { chatId, userId: bob.userId });
    await send("not for bob");
    // The notice of the addition is acted on only now, as when the store was slow.
    const late = new LocalUser(bob.userId, { open: true });
    late.peers.add(bob);
    await node.services.hub.rooms.join(late, chatId, added);
    await send("nor this");
    await owner.event("message.new", ({ seq }) => seq === removed + 2);
    assert.deepEqual(
      bob.pushed("message.new").map(({ seq }) => seq),
      [added, removed],
    );
    assert.equal(late.chats.size, 0);
  });

  test("[S8] who is removed while their chats are being read gets no seat", async () => {
    const node = await store.node();
    const owner = await node.connect().register("s8y.owner");
    const bob = await node.connect().register("s8y.bob");
    bob.hangUp();
    const { chatId } = (await owner.call("chat.createGroup", { name: "S8", members: [bob.userId] })).chat;
    const late = new LocalUser(bob.userId, { open: true });
    late.peers.add(bob);
    const { rooms } = node.services.hub;
    const arrival = rooms.arrive(late, chatId, 1);
    await rooms.opened(arrival);
    const { seq: removed } = await owner.call("member.remove", { chatId, userId: bob.userId });
    await owner.event("message.new", ({ seq }) => seq === removed);
    // What was read before the removal is acted on only now.
    rooms.sit(arrival);
    assert.equal(late.chats.size, 0);
    const { seq: back } = await owner.call("member.add", { chatId, userId: bob.userId });
    await owner.event("message.new", ({ seq }) => seq === back);
    rooms.sit(rooms.arrive(late, chatId, back));
    assert.equal(late.chats.size, 1);
    rooms.leaveAll(late);
  });

  test("[S5] who is added by a deed that is done twice at once hears each entry once", async () => {
    const node = await store.node();
    const [owner, bob] = [await person(node), await person(node)];
    const { chatId } = (await owner.call("chat.createGroup", { name: "Twice", members: [] })).chat;
    const at = store.clock.now();
    const args = { chatId, actor: owner.userId, userId: bob.userId, clientId: uuidv7(at), at };
    const { groups } = node.services;
    const [added] = await Promise.all([groups.addDeed(args), groups.addDeed(args)]);
    await bob.event("inbox.new", () => bob.pushed("inbox.new").length === 2);
    const { seq } = await say(owner, chatId, "welcome");
    await bob.event("message.new", (message) => message.chatId === chatId && message.seq === seq);
    assert.deepEqual(
      bob.pushed("message.new").map((message) => message.seq),
      [added, seq],
    );
  });

  test("[S8] a removed member sees the entry that says so and nothing after it", async () => {
    const [here, there] = await Promise.all([store.node(), store.node()]);
    const [owner, bob, carol] = [await person(here), await person(there), await person(there)];
    const { chatId } = (await owner.call("chat.createGroup", { name: "S8", members: [bob.userId, carol.userId] })).chat;
    await say(owner, chatId, "before");
    await bob.event("message.new", ({ kind }) => kind === "text");
    const { pos } = await bob.call("sync.pull", {});
    const { seq } = await owner.call("member.remove", { chatId, userId: bob.userId });
    await bob.event("inbox.new", ({ notice }) => notice.kind === "left");
    const { seq: last } = await say(owner, chatId, "after");
    await carol.event("message.new", (message) => message.seq === last);
    const seen = bob.pushed("message.new").map((message) => message.seq);
    assert.deepEqual(seen.at(-1), seq);
    const calls = [
      say(bob, chatId, "still here?"),
      bob.call("message.history", { chatId, limit: 10 }),
      bob.call("chat.get", { chatId }),
      bob.call("member.list", { chatId, limit: 10 }),
      bob.call("chat.receipts", { chatId }),
      bob.call("message.markRead", { chatId, seq: 1 }),
      bob.call("message.markDelivered", { chatId, seq: 1 }),
      bob.call("message.setTyping", { chatId, typing: true }),
    ];
    await Promise.all(calls.map((call) => refused(call, "NOT_MEMBER")));
    const pulled = await bob.call("sync.pull", { pos });
    assert.deepEqual(pulled.chats, []);
    assert.deepEqual(pulled.notices, [{ kind: "left", chatId, seq }]);

    const again = await owner.call("member.add", { chatId, userId: bob.userId });
    await say(owner, chatId, "welcome back");
    await bob.event("message.new", (message) => message.seq === again.seq + 1);
    assert.deepEqual(await texts(bob, chatId), ["added", "welcome back"]);
    const page = await bob.call("message.history", { chatId, before: again.seq, limit: 10 });
    assert.deepEqual([page.messages, page.more], [[], undefined]);
    assert.equal((await bob.call("chat.get", { chatId })).chat.joinedSeq, again.seq);
  });

  test("a stranger cannot tell a chat from none, whatever the method", async () => {
    const node = await store.node();
    const [alice, bob, stranger] = [await person(node), await person(node), await person(node)];
    const { chatId } = (await alice.call("chat.openDirect", { userId: bob.userId })).chat;
    await say(alice, chatId, "secret");
    const ask = (id: string) => [
      say(stranger, id, "hello"),
      stranger.call("message.history", { chatId: id, limit: 10 }),
      stranger.call("message.markRead", { chatId: id, seq: 1 }),
      stranger.call("message.markDelivered", { chatId: id, seq: 1 }),
      stranger.call("message.setTyping", { chatId: id, typing: true }),
      stranger.call("chat.get", { chatId: id }),
      stranger.call("chat.leave", { chatId: id }),
      stranger.call("chat.receipts", { chatId: id }),
      stranger.call("member.list", { chatId: id, limit: 10 }),
      stranger.call("member.add", { chatId: id, userId: stranger.userId }),
      stranger.call("member.remove", { chatId: id, userId: alice.userId }),
      stranger.call("member.setRole", { chatId: id, userId: alice.userId, role: "admin" }),
      stranger.call("member.transfer", { chatId: id, userId: alice.userId }),
      stranger.call("member.mute", { chatId: id, userId: alice.userId, untilMs: 0 }),
      stranger.call("chat.update", { chatId: id, name: "mine" }),
      stranger.call("chat.delete", { chatId: id }),
      stranger.call("chat.expand", { chatId: id, name: "mine", members: [] }),
    ];
    await Promise.all([...ask(chatId), ...ask(NOBODY)].map((call) => refused(call, "CHAT_NOT_FOUND")));
    const pulled = await stranger.call("sync.pull", { heads: { [chatId]: 0 }, tails: { [chatId]: uuidv7() } });
    assert.deepEqual(pulled.chats, []);
    assert.deepEqual(stranger.pushed("message.new"), []);
  });

  test("a group is refused as a whole when one of its people does not exist", async () => {
    const node = await store.node();
    const owner = await person(node);
    await refused(owner.call("chat.createGroup", { name: "Ghosts", members: [NOBODY] }), "NOT_FOUND");
    assert.deepEqual((await owner.call("sync.pull", {})).chats, []);
  });
});
