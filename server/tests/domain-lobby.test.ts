import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import type { ChatId } from "@parley/protocol";
import { OWNER, userChats, userInbox } from "../src/store/keys.ts";
import { type DomainNode, startDomain } from "./_util/domain-node.ts";
import type { DomainPeer } from "./_util/domain-peer.ts";
import { type RedisServer, startRedis } from "./_util/redis.ts";
import { refused } from "./_util/refusal.ts";

let redis: RedisServer;
let nodes: DomainNode[];
let people = 0;

before(async () => {
  redis = await startRedis();
  // At the same moment, on a store that has no lobby yet.
  nodes = await Promise.all([1, 2].map(() => startDomain({ location: redis.url, lobby: "on" })));
});
after(async () => {
  await Promise.all(nodes.map((node) => node.stop()));
  await redis.stop();
});

const person = (node: DomainNode | undefined) => (node ?? assert.fail()).connect().register(`person${++people}`);
const say = (peer: DomainPeer, chatId: ChatId, text: string) =>
  peer.call("message.send", { chatId, clientId: randomUUID(), kind: "text", body: { text } });

async function lobbyOf(peer: DomainPeer) {
  const { chats } = await peer.call("sync.pull", {});
  return chats.filter(({ chat }) => chat.kind === "lobby");
}

test("[CHAT-6] two nodes that open the lobby at once have the same, and everybody is in it unwritten", async () => {
  const [ann, bob] = [await person(nodes[0]), await person(nodes[1])];
  const [[ofAnn], [ofBob]] = [await lobbyOf(ann), await lobbyOf(bob)];
  assert.ok(ofAnn);
  const { chatId } = ofAnn.chat;
  assert.equal(ofBob?.chat.chatId, chatId);
  assert.deepEqual([ofAnn.chat.name, ofAnn.chat.role, ofAnn.chat.joinedSeq], ["Lobby", "member", 0]);
  const { seq } = await say(ann, chatId, "good morning");
  await bob.event("message.new", (message) => message.chatId === chatId && message.seq === seq);
  const late = await person(nodes[0]);
  const { messages } = await late.call("message.history", { chatId, limit: 10 });
  assert.equal(messages.at(-1)?.seq, seq, "who comes later reads what was said");
  await late.call("message.markRead", { chatId, seq });
  assert.equal((await lobbyOf(late))[0]?.unread, 0);
  const { store } = nodes[0] ?? assert.fail();
  for (const { userId } of [ann, bob, late]) assert.deepEqual(await store.hashGetAll(userChats(userId)), {});
  await late.call("chat.setPrefs", { chatId, prefs: { archived: true } });
  assert.equal((await lobbyOf(late))[0]?.prefs?.archived, true);
});

test("[CHAT-6] nobody leaves, joins, adds or removes, and to be in it makes nobody known", async () => {
  const [ann, bob] = [await person(nodes[0]), await person(nodes[1])];
  const chatId = (await lobbyOf(ann))[0]?.chat.chatId ?? assert.fail();
  const userId = bob.userId;
  const attempts = [
    ann.call("chat.leave", { chatId }),
    ann.call("chat.delete", { chatId }),
    ann.call("member.add", { chatId, userId }),
    ann.call("member.remove", { chatId, userId }),
    ann.call("member.invite", { chatId, userId }),
    ann.call("chat.createLink", { chatId }),
  ];
  await Promise.all(attempts.map((call) => refused(call, "NOT_A_GROUP")));
  await refused(ann.call("chat.update", { chatId, name: "Mine" }), "FORBIDDEN");
  await refused(ann.call("chat.update", { chatId, disappearMs: 60_000 }), "FORBIDDEN");
  assert.deepEqual(await ann.call("member.list", { chatId, limit: 10 }), { members: [] });
  assert.deepEqual(await ann.call("chat.receipts", { chatId }), { receipts: [] });
  const { presence } = await ann.call("user.watch", { userIds: [userId] });
  assert.deepEqual(presence, [{ userId, state: "offline" }], "they share no chat");
  await bob.call("account.setPrivacy", { privacy: { write: "sharedGroups", presence: "everyone" } });
  await refused(ann.call("chat.openDirect", { userId }), "WRITE_REFUSED");
});

test("[CHAT-6] the owner of the server is its owner: names it, and takes back what others wrote", async () => {
  const [owner, ann, bob] = [await person(nodes[0]), await person(nodes[1]), await person(nodes[0])];
  const { store } = nodes[0] ?? assert.fail();
  await store.set(OWNER, owner.userId);
  const chatId = (await lobbyOf(owner))[0]?.chat.chatId ?? assert.fail();
  const { chat } = await owner.call("chat.update", { chatId, name: "Town square" });
  assert.deepEqual([chat.name, chat.role, chat.kind], ["Town square", "owner", "lobby"]);
  assert.equal((await ann.call("chat.get", { chatId })).chat.name, "Town square");
  const { seq } = await say(ann, chatId, "what should not be here");
  await bob.event("message.new", (message) => message.chatId === chatId && message.seq === seq);
  await refused(bob.call("message.retract", { chatId, seq }), "FORBIDDEN");
  const month = new Date().toISOString().slice(0, 7).replace("-", "");
  const noticesOfBob = await store.listLength(userInbox(bob.userId, month));
  await owner.call("message.retract", { chatId, seq });
  // No notice to everybody: who is here is told to read it anew, and finds it gone, as does who comes back.
  for (const peer of [ann, bob]) await peer.event("sync.behind", ({ chatIds }) => chatIds.includes(chatId));
  assert.equal(await store.listLength(userInbox(bob.userId, month)), noticesOfBob);
  const { pos, chats } = await bob.call("sync.pull", { heads: { [chatId]: seq } });
  const told = chats.find((state) => state.chat.chatId === chatId);
  assert.equal(told?.reset, true);
  assert.equal(told.messages.find((message) => message.seq === seq)?.kind, "retracted");
  const again = await bob.call("sync.pull", { pos, heads: { [chatId]: seq } });
  assert.equal(again.chats.find((state) => state.chat.chatId === chatId)?.reset, true);
});

test("[CHAT-6] off, which is the default, there is none; on again, it is the one that was", async () => {
  const location = redis.url.replace(/\/0$/, "/1");
  const begun = await startDomain({ location });
  const ann = await person(begun);
  assert.deepEqual(await lobbyOf(ann), []);
  await begun.stop();
  const open = await startDomain({ location, lobby: "on" });
  const here = open.connect();
  await here.signInAs(`person${people}`);
  const chatId = (await lobbyOf(here))[0]?.chat.chatId ?? assert.fail();
  await say(here, chatId, "kept");
  await open.stop();
  const closed = await startDomain({ location });
  const outside = closed.connect();
  await outside.signInAs(`person${people}`);
  assert.deepEqual(await lobbyOf(outside), []);
  await refused(outside.call("message.history", { chatId, limit: 10 }), "CHAT_NOT_FOUND");
  await refused(say(outside, chatId, "no"), "CHAT_NOT_FOUND");
  await closed.stop();
  const reopened = await startDomain({ location, lobby: "on" });
  const back = reopened.connect();
  await back.signInAs(`person${people}`);
  assert.equal((await lobbyOf(back))[0]?.chat.chatId, chatId);
  assert.equal((await back.call("message.history", { chatId, limit: 10 })).head, 1);
  await reopened.stop();
});
