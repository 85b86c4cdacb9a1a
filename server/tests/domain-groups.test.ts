import assert from "node:assert/strict";
import { test } from "node:test";
import type { Params, SystemBody } from "@parley/protocol";
import { uuidv7 } from "./_util/client-ids.ts";
import type { DomainNode } from "./_util/domain-node.ts";
import type { DomainPeer } from "./_util/domain-peer.ts";
import { onEachStore } from "./_util/domain-stores.ts";
import { pixel } from "./_util/pictures.ts";
import { outcome, refused } from "./_util/refusal.ts";

onEachStore((store) => {
  let people = 0;
  const person = (node: DomainNode) => node.connect().register(`group${++people}`);
  const message = (chatId: string, text: string): Params<"message.send"> => {
    return { chatId, clientId: uuidv7(store.clock.now()), kind: "text", body: { text } };
  };
  const say = (peer: DomainPeer, chatId: string, text: string) => peer.call("message.send", message(chatId, text));
  const history = async (peer: DomainPeer, chatId: string) =>
    (await peer.call("message.history", { chatId, limit: 200 })).messages;
  const events = async (peer: DomainPeer, chatId: string): Promise<SystemBody[]> =>
    (await history(peer, chatId)).flatMap((entry) => (entry.kind === "system" ? [entry.body] : []));
  /** An owner here, an admin and a member there, and their group. */
  const cast = async () => {
    const [here, there] = await Promise.all([store.node(), store.node()]);
    const [owner, admin, member] = [await person(here), await person(there), await person(there)];
    const members = [admin.userId, member.userId];
    const { chatId } = (await owner.call("chat.createGroup", { name: "Group", members })).chat;
    await owner.call("member.setRole", { chatId, userId: admin.userId, role: "admin" });
    return { here, there, owner, admin, member, chatId };
  };

  test("[CHAT-2] a change is one entry that names what changed, and what is so already is none", async () => {
    const { owner, admin, member, chatId } = await cast();
    const { chat } = await admin.call("chat.update", {
      chatId,
      name: "  Grüße\u202e\u0007 \n aus Köln ",
      description: "One\r\ntwo\u2066",
      slowModeMs: 0,
    });
    assert.deepEqual([chat.name, chat.description, chat.role], ["Grüße aus Köln", "One\ntwo", "admin"]);
    const changed: SystemBody = { event: "changed", name: "Grüße aus Köln", description: "One\ntwo" };
    assert.deepEqual((await events(owner, chatId)).at(-1), changed);
    const told = await member.event("message.new", ({ kind, seq }) => kind === "system" && seq === 3);
    assert.deepEqual("body" in told && told.body, changed);
    const before = (await history(owner, chatId)).length;
    await owner.call("chat.update", { chatId, name: "Grüße aus Köln", join: "closed", description: "One\ntwo" });
    await owner.call("chat.update", { chatId });
    assert.equal((await history(owner, chatId)).length, before);
    await owner.call("chat.update", { chatId, description: "" });
    assert.equal((await member.call("chat.get", { chatId })).chat.description, undefined);
    await refused(owner.call("chat.update", { chatId, name: "\u202e \u200b" }), "INVALID_PARAMS");
    await refused(owner.call("chat.createGroup", { name: " \n ", members: [] }), "INVALID_PARAMS");
    const { chats } = await member.call("sync.pull", {});
    assert.equal(chats.find((one) => one.chat.chatId === chatId)?.chat.name, "Grüße aus Köln");
  });

  test("[CHAT-2] a group has a picture, which its members fetch by its hash", async () => {
    const { owner, admin, member, chatId } = await cast();
    const avatar = pixel().toString("base64url");
    const { chat } = await admin.call("chat.update", { chatId, avatar });
    const seen = await member.event("message.new", (one) => one.kind === "system" && one.body.event === "changed");
    assert.deepEqual("body" in seen && seen.body, { event: "changed", avatar: chat.avatar });
    const { data } = await member.call("blob.get", { hash: chat.avatar ?? "" });
    assert.equal(data, avatar);
    const head = (await history(owner, chatId)).length;
    await owner.call("chat.update", { chatId, avatar });
    assert.equal((await history(owner, chatId)).length, head);
    await refused(owner.call("chat.update", { chatId, avatar: "AAAA" }), "AVATAR_INVALID");
    await owner.call("chat.update", { chatId, avatar: null });
    assert.equal((await member.call("chat.get", { chatId })).chat.avatar, undefined);
    await refused(member.call("chat.update", { chatId, avatar }), "FORBIDDEN");
  });

  test("[SOC-4] nobody is put into a group by somebody from whom they take no messages", async () => {
    const { here, owner, chatId } = await cast();
    const shy = await person(here);
    await shy.call("account.setPrivacy", { privacy: { write: "contacts", presence: "everyone" } });
    await refused(owner.call("member.add", { chatId, userId: shy.userId }), "WRITE_REFUSED");
    await refused(owner.call("chat.createGroup", { name: "Trap", members: [shy.userId] }), "WRITE_REFUSED");
    await owner.call("member.invite", { chatId, userId: shy.userId });
    await shy.call("chat.answerInvitation", { chatId, accept: true });
    await owner.call("member.remove", { chatId, userId: shy.userId });
  });

  test("[CHAT-2] of changes at the same moment all are in the log, and the last of them is true everywhere", async () => {
    const { owner, admin, member, chatId } = await cast();
    const calls = Array.from({ length: 12 }, (_, i) =>
      (i % 2 === 0 ? owner : admin).call("chat.update", { chatId, name: `name ${i}`, announcements: i % 3 === 0 }),
    );
    await Promise.all(calls);
    const changes = (await events(owner, chatId)).filter((body) => body.event === "changed");
    const last = changes.findLast(({ name }) => name !== undefined)?.name;
    const announcements = changes.findLast((change) => change.announcements !== undefined)?.announcements;
    for (const peer of [owner, admin, member]) {
      const { chat } = await peer.call("chat.get", { chatId });
      assert.deepEqual([chat.name, chat.settings.announcements], [last, announcements]);
    }
    assert.equal(changes.filter(({ name }) => name !== undefined).length, 12);
  });

  test("[CHAT-2] a direct chat is expanded into a group of both and others, and stays as it is", async () => {
    const node = await store.node();
    const [alice, bob, carol] = [await person(node), await person(node), await person(node)];
    const direct = (await alice.call("chat.openDirect", { userId: bob.userId })).chat;
    await say(alice, direct.chatId, "between us");
    const given = { chatId: direct.chatId, name: "Three", members: [carol.userId] };
    const { chat } = await bob.call("chat.expand", given);
    assert.deepEqual([chat.kind, chat.role, chat.memberCount], ["group", "owner", 3]);
    assert.equal((await carol.call("chat.get", { chatId: chat.chatId })).chat.name, "Three");
    assert.equal((await history(alice, direct.chatId)).length, 1);
    await refused(carol.call("chat.expand", given), "CHAT_NOT_FOUND");
    await refused(alice.call("chat.expand", { ...given, chatId: chat.chatId }), "INVALID_PARAMS");
  });

  test("a direct chat has one setting, which either of the two decides", async () => {
    const node = await store.node();
    const [alice, bob] = [await person(node), await person(node)];
    const { chatId } = (await alice.call("chat.openDirect", { userId: bob.userId })).chat;
    await bob.call("chat.update", { chatId, disappearMs: 60_000 });
    assert.equal((await alice.call("chat.get", { chatId })).chat.settings.disappearMs, 60_000);
    for (const wanted of [{ name: "Us" }, { announcements: true }, { disappearMs: 0, slowModeMs: 1000 }]) {
      await refused(alice.call("chat.update", { chatId, ...wanted }), "NOT_A_GROUP");
    }
    const untilMs = store.clock.now() + 1000;
    const calls = [
      alice.call("chat.delete", { chatId }),
      alice.call("member.mute", { chatId, userId: bob.userId, untilMs }),
      alice.call("member.setRole", { chatId, userId: bob.userId, role: "admin" }),
      alice.call("member.transfer", { chatId, userId: bob.userId }),
    ];
    await Promise.all(calls.map((call) => refused(call, "NOT_A_GROUP")));
  });

  test("[CHAT-3] a group goes to another owner, who may do what the old one may not any more", async () => {
    const { owner, member, admin, chatId } = await cast();
    await refused(owner.call("chat.leave", { chatId }), "OWNER_MUST_TRANSFER");
    const { seq } = await owner.call("member.transfer", { chatId, userId: member.userId });
    await admin.event("member.changed", ({ change, userId }) => change === "changed" && userId === owner.userId);
    const { members } = await admin.call("member.list", { chatId, limit: 10 });
    const roles = new Map(members.map(({ user, role }) => [user.userId, role]));
    assert.deepEqual([roles.get(owner.userId), roles.get(member.userId)], ["admin", "owner"]);
    assert.deepEqual((await events(member, chatId))[seq - 1], { event: "transferred", userId: member.userId });
    await refused(owner.call("chat.delete", { chatId }), "FORBIDDEN");
    await refused(owner.call("member.remove", { chatId, userId: member.userId }), "FORBIDDEN");
    await owner.call("chat.leave", { chatId });
    await member.call("chat.delete", { chatId });
  });

  test("[CHAT-3] a role that somebody has already is no entry, and nobody gives one to themselves", async () => {
    const { owner, admin, chatId } = await cast();
    const head = (await history(owner, chatId)).length;
    assert.deepEqual(await owner.call("member.setRole", { chatId, userId: admin.userId, role: "admin" }), { seq: 0 });
    await refused(owner.call("member.setRole", { chatId, userId: owner.userId, role: "member" }), "SELF_NOT_ALLOWED");
    await refused(owner.call("member.transfer", { chatId, userId: owner.userId }), "SELF_NOT_ALLOWED");
    assert.equal((await history(owner, chatId)).length, head);
  });

  test("[CHAT-3] of two deeds that exclude each other exactly one succeeds", async () => {
    const { owner, admin, member, chatId } = await cast();
    const oneOf = async (...calls: Promise<unknown>[]) => {
      const came = await Promise.all(calls.map(outcome));
      assert.equal(came.filter((one) => one === "ok").length, 1, came.join(" "));
      return came.indexOf("ok");
    };
    for (let round = 0; round < 10; round += 1) {
      const userId = admin.userId;
      // Whoever has become the owner is above who was it, and who was removed cannot be.
      const removed = await oneOf(
        owner.call("member.transfer", { chatId, userId }),
        owner.call("member.remove", { chatId, userId }),
      );
      if (removed === 1) {
        await owner.call("member.add", { chatId, userId });
        await owner.call("member.transfer", { chatId, userId });
      }
      // The new owner removes the old one, who is an admin now and leaves at the same moment, from another node.
      await oneOf(admin.call("member.remove", { chatId, userId: owner.userId }), owner.call("chat.leave", { chatId }));
      await oneOf(
        admin.call("member.add", { chatId, userId: owner.userId }),
        admin.call("member.add", { chatId, userId: owner.userId }),
      );
      await admin.call("member.transfer", { chatId, userId: owner.userId });
    }
    await say(member, chatId, "still here");
  });

  test("[CHAT-3] a deleted group is gone for everybody, at once and for good", async () => {
    const { owner, admin, member, there, chatId } = await cast();
    await say(owner, chatId, "the last word");
    const { pos } = await member.call("sync.pull", {});
    await owner.call("chat.delete", { chatId });
    const { seq } = await admin.event(
      "message.new",
      (entry) => entry.kind === "system" && entry.body.event === "deleted",
    );
    for (const peer of [owner, admin, member]) {
      await peer.event("inbox.new", ({ notice }) => notice.kind === "left" && notice.chatId === chatId);
      const calls = [
        peer.call("message.history", { chatId, limit: 10 }),
        peer.call("chat.get", { chatId }),
        peer.call("chat.delete", { chatId }),
        peer.call("member.list", { chatId, limit: 10 }),
        peer.call("chat.update", { chatId, name: "again" }),
        say(peer, chatId, "anybody?"),
      ];
      await Promise.all(calls.map((call) => refused(call, "NOT_MEMBER")));
    }
    const pulled = await member.call("sync.pull", { pos });
    assert.deepEqual([pulled.chats, pulled.notices], [[], [{ kind: "left", chatId, seq }]]);
    await refused(member.call("chat.join", { chatId }), "CHAT_NOT_FOUND");
    assert.equal(there.services.hub.rooms.has(chatId), false);
  });

  test("[CHAT-5] who is muted does not write until the time has come, wherever they come from", async () => {
    const { owner, admin, member, chatId } = await cast();
    const untilMs = store.clock.now() + 60_000;
    const { seq } = await admin.call("member.mute", { chatId, userId: member.userId, untilMs });
    const heard = await member.event("member.changed", (changed) => changed.seq === seq);
    assert.deepEqual([heard.userId, heard.change], [member.userId, "changed"]);
    const refusal = await refused(say(member, chatId, "but"), "MEMBER_MUTED");
    assert.ok(refusal.retryAfterMs > 0 && refusal.retryAfterMs <= 60_000);
    assert.equal((await member.call("chat.get", { chatId })).chat.mutedUntil, untilMs);
    const { members } = await owner.call("member.list", { chatId, limit: 10 });
    assert.equal(members.find(({ user }) => user.userId === member.userId)?.mutedUntil, untilMs);
    // Going and coming back is no way around it.
    await member.call("chat.leave", { chatId });
    await owner.call("member.add", { chatId, userId: member.userId });
    await refused(say(member, chatId, "back"), "MEMBER_MUTED");
    assert.deepEqual(await admin.call("member.mute", { chatId, userId: member.userId, untilMs }), { seq: 0 });
    await admin.call("member.mute", { chatId, userId: member.userId, untilMs: 0 });
    await say(member, chatId, "thanks");
    await admin.call("member.mute", { chatId, userId: member.userId, untilMs: store.clock.now() + 5_000 });
    await refused(say(member, chatId, "again?"), "MEMBER_MUTED");
    await store.forward(5_001);
    await say(member, chatId, "again");
    await owner.call("member.mute", { chatId, userId: admin.userId, untilMs: store.clock.now() + 60_000 });
    await refused(say(admin, chatId, "me too?"), "MEMBER_MUTED");
    await owner.call("member.transfer", { chatId, userId: admin.userId });
    await say(admin, chatId, "an owner is never muted");
  });

  test("[CHAT-5] only admins write announcements", async () => {
    const { owner, admin, member, chatId } = await cast();
    await say(member, chatId, "before");
    const first = message(chatId, "resent");
    const sent = await member.call("message.send", first);
    await admin.call("chat.update", { chatId, announcements: true });
    await refused(say(member, chatId, "hello?"), "ADMINS_ONLY");
    assert.deepEqual(await member.call("message.send", first), sent, "what is stored is answered");
    await say(admin, chatId, "first");
    await say(owner, chatId, "second");
    await admin.call("chat.update", { chatId, announcements: false });
    await say(member, chatId, "after");
  });

  test("[CHAT-5] slow mode holds over devices and nodes, and lets resends through", async () => {
    const { owner, admin, member, here, chatId } = await cast();
    const handle = `group${people}`;
    const device = here.connect();
    await device.signInAs(handle);
    await admin.call("chat.update", { chatId, slowModeMs: 10_000 });
    const attempts = [member, device, member, device].map((peer) =>
      message(chatId, peer === device ? "there" : "here"),
    );
    const came = await Promise.all(
      attempts.map((one, i) => outcome((i % 2 === 0 ? member : device).call("message.send", one))),
    );
    assert.deepEqual(came.toSorted(), ["SLOW_MODE", "SLOW_MODE", "SLOW_MODE", "ok"]);
    const stored = attempts[came.indexOf("ok")] ?? assert.fail();
    const again = await device.call("message.send", stored);
    assert.equal((await history(owner, chatId)).at(-1)?.seq, again.seq);
    const refusal = await refused(say(member, chatId, "more"), "SLOW_MODE");
    assert.ok(refusal.retry && refusal.retryAfterMs > 0 && refusal.retryAfterMs <= 10_000);
    for (const peer of [owner, admin]) {
      await say(peer, chatId, "one");
      await say(peer, chatId, "two");
    }
    await owner.call("chat.update", { chatId, slowModeMs: 1_000 });
    await store.forward(1_001);
    const sooner = [member, device, member, device].map((peer) => outcome(say(peer, chatId, "sooner")));
    assert.deepEqual((await Promise.all(sooner)).toSorted(), ["SLOW_MODE", "SLOW_MODE", "SLOW_MODE", "ok"]);
    await store.forward(1_001);
    await say(device, chatId, "and on");
    // A refused message takes nobody's place.
    await store.forward(1_001);
    await refused(say(member, chatId, " "), "TEXT_EMPTY");
    await say(member, chatId, "words");
    await owner.call("chat.update", { chatId, slowModeMs: 0 });
    await say(member, chatId, "free");
  });

  test("[MSG-5] new members see what was before them where the group says so, and it is not unread", async () => {
    const { here, owner, chatId } = await cast();
    const late = await person(here);
    await say(owner, chatId, "early");
    const { seq } = await owner.call("member.add", { chatId, userId: late.userId });
    const texts = async () =>
      (await history(late, chatId)).flatMap((one) => (one.kind === "text" ? one.body.text : []));
    assert.deepEqual(await texts(), []);
    const reply = () =>
      late.call("message.send", {
        chatId,
        clientId: uuidv7(store.clock.now()),
        kind: "text",
        body: { text: "re", replyTo: 3 },
      });
    await refused(reply(), "SEQ_OUT_OF_RANGE");
    await owner.call("chat.update", { chatId, historyForNew: true });
    const { chat } = await late.call("chat.get", { chatId });
    assert.deepEqual([chat.joinedSeq, chat.fromSeq], [seq, 0]);
    assert.deepEqual(await texts(), ["early"]);
    const pulled = (await late.call("sync.pull", {})).chats.find((one) => one.chat.chatId === chatId);
    assert.deepEqual([pulled?.messages[0]?.seq, pulled?.unread], [1, 0]);
    await reply();
    await owner.call("chat.update", { chatId, historyForNew: false });
    assert.equal((await late.call("chat.get", { chatId })).chat.fromSeq, seq);
    const again = (await late.call("sync.pull", {})).chats.find((one) => one.chat.chatId === chatId);
    assert.equal(again?.messages[0]?.seq, seq);
  });
});
