import assert from "node:assert/strict";
import { test } from "node:test";
import { limits, type Privacy } from "@parley/protocol";
import { INTENT_SHARDS, intentShard, pairKey, userRequests } from "../src/store/keys.ts";
import { uuidv7 } from "./_util/client-ids.ts";
import { startDomain } from "./_util/domain-node.ts";
import type { DomainPeer } from "./_util/domain-peer.ts";
import { onEachStore } from "./_util/domain-stores.ts";
import { DyingStore } from "./_util/dying-store.ts";
import { removeTemporaryFolders, temporaryFolder } from "./_util/folder.ts";
import { callerFor, quickPerson } from "./_util/quick-person.ts";
import { refused } from "./_util/refusal.ts";

/** More writes than any of the deeds takes. */
const WRITES_MAX = 60;

onEachStore((store) => {
  /** Two people, each on a node of their own where the store allows it. */
  const two = async (name: string) => {
    const nodes = await Promise.all([store.node(), store.node()]);
    const [ann, bob] = await Promise.all(nodes.map((node, i) => node.connect().register(`${name}.${"ab"[i]}nn`)));
    assert.ok(ann && bob);
    await Promise.all([nodes[0].services.hub.ready(ann), nodes[1].services.hub.ready(bob)]);
    return { nodes, ann, bob };
  };
  const contactNotice = (peer: DomainPeer, change: string) =>
    peer.event("inbox.new", ({ notice }) => notice.kind === "contact" && notice.change === change);
  const befriend = async (ann: DomainPeer, bob: DomainPeer) => {
    await ann.call("contact.request", { userId: bob.userId });
    const { chatId } = await bob.call("contact.answer", { userId: ann.userId, answer: "accept" });
    assert.ok(chatId);
    return chatId;
  };
  const write = (peer: DomainPeer, chatId: string, text = "hello") =>
    peer.call("message.send", { chatId, clientId: uuidv7(store.clock.now()), kind: "text", body: { text } });
  const history = async (peer: DomainPeer, chatId: string) =>
    (await peer.call("message.history", { chatId, limit: 50 })).messages;

  test("[SOC-1] a request with its message arrives live, and after sign-in at somebody who was away", async () => {
    const { nodes, ann, bob } = await two("soc1");
    const { pos } = await bob.call("sync.pull", {});
    await ann.call("contact.request", { userId: bob.userId, message: " Hi\u202e, it is Ann " });
    await contactNotice(bob, "requested");
    const [request] = (await bob.call("contact.requests", {})).incoming;
    assert.deepEqual([request?.user.userId, request?.message], [ann.userId, "Hi, it is Ann"]);
    assert.deepEqual((await ann.call("contact.requests", {})).outgoing[0]?.user.userId, bob.userId);
    assert.equal((await bob.call("user.profile", { userId: ann.userId })).profile.request, "in");
    assert.equal((await ann.call("user.profile", { userId: bob.userId })).profile.request, "out");
    const later = nodes[0].connect();
    await later.signInAs("soc1.bnn");
    const { notices } = await later.call("sync.pull", { pos });
    assert.ok(notices.some((notice) => notice.kind === "contact" && notice.userId === ann.userId));
    assert.equal((await later.call("contact.requests", {})).incoming.length, 1);
  });

  test("[SOC-2] accepting tells both, opens the direct chat with one entry that says so, and changes nothing the second time", async () => {
    const { ann, bob } = await two("soc2");
    const chatId = await befriend(ann, bob);
    await Promise.all([contactNotice(ann, "accepted"), contactNotice(bob, "accepted")]);
    const again = await bob.call("contact.answer", { userId: ann.userId, answer: "accept" });
    assert.equal(again.chatId, chatId);
    assert.deepEqual(await ann.call("contact.request", { userId: bob.userId }), { accepted: true });
    for (const peer of [ann, bob]) {
      const [entry, ...more] = await history(peer, chatId);
      assert.deepEqual(more, []);
      assert.ok(entry?.kind === "system" && entry.body.event === "contacts" && entry.sender === bob.userId);
      assert.equal((await peer.call("contact.list", { limit: 10 })).contacts.length, 1);
      assert.equal(peer.pushed("inbox.new").filter(({ notice }) => notice.kind === "contact").length, 2);
    }
    const heard = await ann.event("message.new", (message) => message.kind === "system");
    assert.equal(heard.chatId, chatId);
  });

  test("[SOC-2] becoming contacts in a chat that is there already keeps the chat", async () => {
    const { ann, bob } = await two("soc2b");
    const { chat } = await ann.call("chat.openDirect", { userId: bob.userId });
    await write(ann, chat.chatId);
    assert.equal(await befriend(ann, bob), chat.chatId);
    assert.deepEqual(
      (await history(bob, chat.chatId)).map(({ kind }) => kind),
      ["text", "system"],
    );
  });

  test("[SOC-2] a refusal tells both and holds for a day; ignoring tells nobody, and may be followed by accepting", async () => {
    const { ann, bob } = await two("soc2c");
    await ann.call("contact.request", { userId: bob.userId });
    await bob.call("contact.answer", { userId: ann.userId, answer: "refuse" });
    await Promise.all([contactNotice(ann, "refused"), contactNotice(bob, "refused")]);
    await bob.call("contact.answer", { userId: ann.userId, answer: "refuse" });
    await refused(ann.call("contact.request", { userId: bob.userId }), "REQUEST_REFUSED");
    await refused(bob.call("contact.answer", { userId: ann.userId, answer: "accept" }), "NOT_FOUND");
    await store.forward(25 * 3600_000);
    await ann.call("contact.request", { userId: bob.userId });
    await bob.call("contact.answer", { userId: ann.userId, answer: "ignore" });
    await contactNotice(bob, "ignored");
    assert.deepEqual((await bob.call("contact.requests", {})).incoming, []);
    assert.equal((await ann.call("contact.requests", {})).outgoing.length, 1);
    assert.equal((await ann.call("user.profile", { userId: bob.userId })).profile.request, "out");
    const changes = ann.pushed("inbox.new").map(({ notice }) => (notice.kind === "contact" ? notice.change : ""));
    assert.deepEqual(changes, ["requested", "refused", "requested"]);
    assert.ok((await bob.call("contact.answer", { userId: ann.userId, answer: "accept" })).chatId);
    await contactNotice(ann, "accepted");
  });

  test("[SOC-2] who asks each other are contacts at once", async () => {
    const { ann, bob } = await two("soc2d");
    const answers = await Promise.all([
      ann.call("contact.request", { userId: bob.userId }),
      bob.call("contact.request", { userId: ann.userId }),
    ]);
    assert.deepEqual(answers.map(({ accepted }) => accepted).sort(), [false, true]);
    await Promise.all([contactNotice(ann, "accepted"), contactNotice(bob, "accepted")]);
  });

  test("[SOC-2] only what was asked is answered, and nobody asks themselves or nobody", async () => {
    const { ann, bob } = await two("soc2e");
    for (const answer of ["accept", "refuse", "ignore"] as const) {
      await refused(bob.call("contact.answer", { userId: ann.userId, answer }), "NOT_FOUND");
    }
    await refused(ann.call("contact.request", { userId: ann.userId }), "SELF_NOT_ALLOWED");
    await refused(ann.call("contact.block", { userId: ann.userId }), "SELF_NOT_ALLOWED");
    await refused(ann.call("contact.request", { userId: "a".repeat(26) }), "NOT_FOUND");
    await refused(ann.call("contact.update", { userId: bob.userId, remark: "x" }), "NOT_FOUND");
    await ann.call("contact.request", { userId: bob.userId });
    await ann.call("contact.cancel", { userId: bob.userId });
    await contactNotice(bob, "cancelled");
    await refused(bob.call("contact.answer", { userId: ann.userId, answer: "accept" }), "NOT_FOUND");
  });

  test("[SOC-3] remark and labels are their owner's alone, on all devices, and end with the contact", async () => {
    const { nodes, ann, bob } = await two("soc3");
    await befriend(ann, bob);
    const phone = nodes[1].connect();
    await phone.signInAs("soc3.ann");
    await nodes[1].services.hub.ready(phone);
    await ann.call("contact.update", { userId: bob.userId, remark: " Bobby ", labels: ["work", " work", "\u200b"] });
    await ann.call("contact.update", { userId: bob.userId, labels: ["choir"] });
    await contactNotice(phone, "noted");
    const [contact] = (await phone.call("contact.list", { limit: 10 })).contacts;
    assert.deepEqual([contact?.remark, contact?.labels, contact?.user.userId], ["Bobby", ["choir"], bob.userId]);
    const { profile } = await bob.call("user.profile", { userId: ann.userId });
    assert.deepEqual([profile.contact?.remark, profile.contact?.labels], ["", []]);
    assert.ok(!bob.pushed("inbox.new").some(({ notice }) => notice.kind === "contact" && notice.change === "noted"));
    await bob.call("contact.remove", { userId: ann.userId });
    await contactNotice(ann, "removed");
    assert.deepEqual((await ann.call("contact.list", { limit: 10 })).contacts, []);
    await befriend(ann, bob);
    assert.equal((await ann.call("contact.list", { limit: 10 })).contacts[0]?.remark, "");
  });

  test("[SOC-3] contacts come in pages", async () => {
    const node = await store.node();
    const ann = callerFor(node, await quickPerson(node));
    const others = await Promise.all(Array.from({ length: 5 }, () => quickPerson(node)));
    for (const userId of others) await befriend(ann, callerFor(node, userId));
    const first = await ann.call("contact.list", { limit: 3 });
    assert.equal(first.more, true);
    const after = first.contacts.at(-1)?.user.userId ?? "";
    const second = await ann.call("contact.list", { limit: 3, after });
    assert.equal(second.more, undefined);
    const ids = [...first.contacts, ...second.contacts].map(({ user }) => user.userId);
    assert.deepEqual(ids, others.sort());
  });

  test("[SOC-3] neither writes to the other across a block, nor asks, nor opens a chat; groups go on", async () => {
    const { ann, bob } = await two("soc3b");
    const chatId = await befriend(ann, bob);
    await write(bob, chatId);
    const { chat: group } = await bob.call("chat.createGroup", { name: "both", members: [ann.userId] });
    await ann.call("contact.block", { userId: bob.userId });
    await refused(write(bob, chatId), "WRITE_REFUSED");
    await refused(write(ann, chatId), "YOU_BLOCKED");
    await write(bob, group.chatId);
    assert.deepEqual(await bob.call("contact.request", { userId: ann.userId, message: "please" }), { accepted: false });
    assert.equal((await bob.call("user.profile", { userId: ann.userId })).profile.request, "out");
    assert.deepEqual((await ann.call("contact.requests", {})).incoming, []);
    await refused(ann.call("contact.answer", { userId: bob.userId, answer: "accept" }), "NOT_FOUND");
    await refused(ann.call("contact.request", { userId: bob.userId }), "YOU_BLOCKED");
    const seen = (await bob.call("user.profile", { userId: ann.userId })).profile;
    assert.deepEqual([seen.blocked, seen.mayWrite, seen.contact], [false, false, undefined]);
    assert.deepEqual((await bob.call("contact.blocked", {})).users, []);
    assert.equal((await ann.call("contact.blocked", {})).users[0]?.userId, bob.userId);
    assert.equal((await bob.call("user.find", { handle: "soc3b.ann" })).users.length, 1);
    const kinds = bob.pushed("inbox.new").flatMap(({ notice }) => (notice.kind === "contact" ? [notice.change] : []));
    assert.ok(!kinds.includes("blocked"));
    await ann.call("contact.unblock", { userId: bob.userId });
    await write(bob, chatId);
    assert.deepEqual((await ann.call("contact.requests", {})).incoming, [], "what was asked meanwhile stays unheard");
  });

  test("[SOC-3] a blocked person opens no new chat, adds to no group, and is not seen typing", async () => {
    const { ann, bob } = await two("soc3c");
    await ann.call("contact.block", { userId: bob.userId });
    await refused(bob.call("chat.openDirect", { userId: ann.userId }), "WRITE_REFUSED");
    await refused(ann.call("chat.openDirect", { userId: bob.userId }), "YOU_BLOCKED");
    await refused(bob.call("chat.createGroup", { name: "trap", members: [ann.userId] }), "WRITE_REFUSED");
    const { chat: group } = await bob.call("chat.createGroup", { name: "trap", members: [] });
    await refused(bob.call("member.add", { chatId: group.chatId, userId: ann.userId }), "WRITE_REFUSED");
    await ann.call("contact.unblock", { userId: bob.userId });
    const { chat } = await bob.call("chat.openDirect", { userId: ann.userId });
    await ann.call("contact.block", { userId: bob.userId });
    await bob.call("message.setTyping", { chatId: chat.chatId, typing: true });
    await ann.call("contact.unblock", { userId: bob.userId });
    await write(bob, chat.chatId);
    await ann.event("message.new", (message) => message.kind === "text");
    assert.deepEqual(ann.pushed("typing.changed"), []);
  });

  test("[DIR-4] [SOC-3] a block ends presence at once, both ways, and unblocking brings it back", async () => {
    const { ann, bob } = await two("soc3d");
    await befriend(ann, bob);
    const watch = async (peer: DomainPeer, userId: string) =>
      (await peer.call("user.watch", { userIds: [userId] })).presence[0]?.state;
    assert.deepEqual([await watch(ann, bob.userId), await watch(bob, ann.userId)], ["online", "online"]);
    await ann.call("contact.block", { userId: bob.userId });
    const gone = await bob.event("presence.changed", ({ state }) => state === "offline");
    assert.deepEqual(gone, { userId: ann.userId, state: "offline" });
    await ann.event("presence.changed", ({ state }) => state === "offline");
    await ann.call("account.setAway", { away: true });
    assert.equal(await watch(bob, ann.userId), "offline");
    await ann.call("account.setAway", { away: false });
    await ann.call("contact.unblock", { userId: bob.userId });
    await bob.event("presence.changed", ({ state }) => state === "online");
    assert.ok(!bob.pushed("presence.changed").some(({ state }) => state === "away"));
  });

  test("[SOC-4] anyone, people of shared groups, or contacts alone may write", async () => {
    const { ann, bob } = await two("soc4");
    const setWrite = (policy: Privacy["write"]) =>
      ann.call("account.setPrivacy", { privacy: { write: policy, presence: "everyone" } });
    const { chat } = await bob.call("chat.openDirect", { userId: ann.userId });
    const may = async () => (await bob.call("user.profile", { userId: ann.userId })).profile.mayWrite;
    await write(bob, chat.chatId);
    await setWrite("sharedGroups");
    assert.equal((await ann.call("account.get", {})).privacy.write, "sharedGroups");
    await refused(write(bob, chat.chatId), "WRITE_REFUSED");
    assert.equal(await may(), false);
    const { chat: group } = await ann.call("chat.createGroup", { name: "both", members: [bob.userId] });
    await write(bob, chat.chatId);
    await setWrite("contacts");
    await refused(write(bob, chat.chatId), "WRITE_REFUSED");
    await befriend(ann, bob);
    await write(bob, chat.chatId);
    assert.equal(await may(), true);
    await ann.call("contact.remove", { userId: bob.userId });
    await refused(write(bob, chat.chatId), "WRITE_REFUSED");
    await write(ann, chat.chatId);
    await setWrite("sharedGroups");
    await ann.call("member.remove", { chatId: group.chatId, userId: bob.userId });
    await refused(write(bob, chat.chatId), "WRITE_REFUSED");
    const stranger = callerFor(await store.node(), await quickPerson(await store.node()));
    await refused(stranger.call("chat.openDirect", { userId: ann.userId }), "WRITE_REFUSED");
  });

  test("[DIR-4] [SOC-4] presence is shown to everyone, to contacts or to nobody, and who hides it sees as little", async () => {
    const { ann, bob } = await two("soc4b");
    await bob.call("chat.openDirect", { userId: ann.userId });
    const states = async () => {
      const [mine] = (await ann.call("user.watch", { userIds: [bob.userId] })).presence;
      const [theirs] = (await bob.call("user.watch", { userIds: [ann.userId] })).presence;
      return [mine?.state, theirs?.state];
    };
    const show = (presence: Privacy["presence"]) =>
      ann.call("account.setPrivacy", { privacy: { write: "anyone", presence } });
    assert.deepEqual(await states(), ["online", "online"]);
    await show("nobody");
    await bob.event("presence.changed", ({ state }) => state === "offline");
    await ann.event("presence.changed", ({ state }) => state === "offline");
    assert.deepEqual(await states(), ["offline", "offline"]);
    await show("contacts");
    assert.deepEqual(await states(), ["offline", "offline"]);
    await befriend(ann, bob);
    await bob.event("presence.changed", ({ state }) => state === "online");
    assert.deepEqual(await states(), ["online", "online"]);
    await bob.call("contact.remove", { userId: ann.userId });
    assert.deepEqual(await states(), ["offline", "offline"]);
    await show("everyone");
    assert.deepEqual(await states(), ["online", "online"]);
  });

  test("[DIR-4] somebody is away when nobody looks at any of their devices", async () => {
    const { nodes, ann, bob } = await two("dir4f");
    const phone = nodes[1].connect();
    await phone.signInAs("dir4f.ann");
    await nodes[1].services.hub.ready(phone);
    await bob.call("chat.openDirect", { userId: ann.userId });
    await bob.call("user.watch", { userIds: [ann.userId] });
    await ann.call("account.setAway", { away: true });
    await phone.call("account.setAway", { away: true });
    await bob.event("presence.changed", ({ state }) => state === "away");
    await phone.call("account.setAway", { away: false });
    await bob.event("presence.changed", ({ state }) => state === "online");
    phone.hangUp();
    const away = (events: readonly { readonly state: string }[]) => events.filter(({ state }) => state === "away");
    await bob.event("presence.changed", () => away(bob.pushed("presence.changed")).length === 2);
    ann.hangUp();
    await bob.event("presence.changed", ({ state }) => state === "offline");
    assert.deepEqual(
      bob.pushed("presence.changed").map(({ state }) => state),
      ["away", "online", "away", "offline"],
    );
  });

  test("[SOC-1] a full list of requests refuses further ones, whoever blocked whom", async () => {
    const node = await store.node();
    const [ann, bob] = [callerFor(node, await quickPerson(node)), callerFor(node, await quickPerson(node))];
    const fields = Array.from({ length: limits.CONTACT_REQUESTS_MAX }, (_, i) => [`${"a".repeat(26)}#${i}`, "in"]);
    await node.store.hashSetMany(userRequests(ann.userId), Object.fromEntries(fields));
    await refused(bob.call("contact.request", { userId: ann.userId }), "REQUEST_REFUSED");
    await ann.call("contact.block", { userId: bob.userId });
    await refused(bob.call("contact.request", { userId: ann.userId }), "REQUEST_REFUSED");
    await refused(ann.call("contact.request", { userId: bob.userId }), "YOU_BLOCKED");
  });

  test("[NET-7] what is kept of two people is bounded, however often one of them changes their mind", async () => {
    const node = await store.node();
    const [ann, bob] = [callerFor(node, await quickPerson(node)), callerFor(node, await quickPerson(node))];
    const toggle = async () => {
      for (let i = 0; i < 100; i += 1) {
        await bob.call("contact.request", { userId: ann.userId });
        await bob.call("contact.cancel", { userId: ann.userId });
      }
    };
    const { retryAfterMs } = await refused(toggle(), "RATE_LIMITED");
    await ann.call("contact.block", { userId: bob.userId });
    await store.forward(retryAfterMs + 61_000);
    await bob.call("contact.request", { userId: ann.userId });
    assert.ok((await node.store.hashLength(pairKey(ann.userId, bob.userId))) <= 4);
  });
});

test("[SOC-2] [STO-3] a node that dies between any two writes leaves a contact that is made whole", async () => {
  const location = await temporaryFolder();
  const first = await startDomain({ location });
  for (let writes = 0; writes < WRITES_MAX; writes += 1) {
    const [a, b] = [await quickPerson(first), await quickPerson(first)];
    await callerFor(first, a).call("contact.request", { userId: b, message: "hello" });
    const dying = new DyingStore();
    const wrapStore = (kv: typeof first.store) => dying.wrap(kv);
    const node = await startDomain({ location, inPlaceOf: first, wrapStore });
    const bob = callerFor(node, b);
    dying.dieAfter(writes);
    const told = await bob.call("contact.answer", { userId: a, answer: "accept" }).then(
      () => true,
      () => false,
    );
    const survived = !dying.isDead;
    dying.dieAfter(0);
    await node.services.dispose().catch(() => {});
    const next = await startDomain({ location, inPlaceOf: first });
    const [ann, again] = [callerFor(next, a), callerFor(next, b)];
    const isContact = (await ann.call("user.profile", { userId: b })).profile.contact !== undefined;
    assert.ok(isContact || !told, `after ${writes} writes`);
    if (!isContact) await again.call("contact.answer", { userId: a, answer: "accept" });
    for (const [peer, other] of [
      [ann, b],
      [again, a],
    ] as const) {
      const [contact] = (await peer.call("contact.list", { limit: 2 })).contacts;
      assert.equal(contact?.user.userId, other, `after ${writes} writes`);
      const requests = await peer.call("contact.requests", {});
      assert.deepEqual(requests, { incoming: [], outgoing: [] });
      const { chat } = await peer.call("chat.openDirect", { userId: other });
      const entries = (await peer.call("message.history", { chatId: chat.chatId, limit: 9 })).messages.filter(
        ({ kind }) => kind === "system",
      );
      assert.equal(entries.length, 1, `after ${writes} writes`);
    }
    for (let shard = 0; shard < INTENT_SHARDS; shard += 1) {
      assert.deepEqual(await first.store.hashGetAll(intentShard(shard)), {}, `after ${writes} writes`);
    }
    await next.stop();
    if (survived) {
      await first.stop();
      await removeTemporaryFolders();
      return;
    }
  }
  assert.fail("the deed has more writes than that");
});
