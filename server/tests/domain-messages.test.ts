import assert from "node:assert/strict";
import { test } from "node:test";
import { limits, type ReplyErrorName } from "@parley/protocol";
import { uuidv7 } from "./_util/client-ids.ts";
import type { DomainNode } from "./_util/domain-node.ts";
import type { DomainPeer } from "./_util/domain-peer.ts";
import { onEachStore } from "./_util/domain-stores.ts";
import { refused } from "./_util/refusal.ts";

const DAY_MS = 24 * 3600_000;

onEachStore((store) => {
  let people = 0;
  const person = (node: DomainNode) => node.connect().register(`writer${++people}`);
  const send = (peer: DomainPeer, chatId: string, text: string, clientId = uuidv7(store.clock.now())) =>
    peer.call("message.send", { chatId, clientId, kind: "text", body: { text } });
  const again = async (node: DomainNode, peer: DomainPeer) => {
    const other = node.connect();
    await other.signInAs((await peer.call("account.get", {})).handle);
    return other;
  };
  const pair = async () => {
    const [here, there] = await Promise.all([store.node(), store.node()]);
    const [alice, bob] = [await person(here), await person(there)];
    const { chatId } = (await alice.call("chat.openDirect", { userId: bob.userId })).chat;
    return { here, there, alice, bob, chatId };
  };
  const seqs = (messages: readonly { seq: number }[]) => messages.map(({ seq }) => seq);

  test("[MSG-2] [S2] ten parallel resends are one message, also over midnight and six days later", async () => {
    const { here, there, alice, bob, chatId } = await pair();
    const devices = [alice, ...(await Promise.all([again(here, alice), again(there, alice), again(there, alice)]))];
    // A minute before midnight, so that the ten lie on both sides of it.
    await store.forward(DAY_MS - (store.clock.now() % DAY_MS) - 60_000);
    const clientId = uuidv7(store.clock.now());
    const parallel = () =>
      Promise.all(Array.from({ length: 10 }, (_, i) => send(devices[i % 4] ?? alice, chatId, "once", clientId)));
    const answers = await parallel();
    await store.forward(120_000);
    answers.push(...(await parallel()));
    await store.forward(6 * DAY_MS);
    const later = await Promise.all([again(here, alice), again(there, alice)]);
    answers.push(...(await Promise.all(later.map((peer) => send(peer, chatId, "once", clientId)))));
    assert.deepEqual(new Set(answers.map((answer) => JSON.stringify(answer))).size, 1);
    const reader = await again(there, bob);
    assert.deepEqual((await reader.call("message.history", { chatId, limit: 50 })).messages.length, 1);
    await refused(send(later[0] ?? alice, chatId, "something else", clientId), "CLIENT_ID_REUSED");
    await store.forward(23 * DAY_MS);
    const last = await again(here, alice);
    await refused(send(last, chatId, "once", clientId), "CLIENT_ID_EXPIRED");
    await refused(send(last, chatId, "x", uuidv7(store.clock.now() + 25 * 3600_000)), "CLIENT_ID_EXPIRED");
    assert.equal((await last.call("message.history", { chatId, limit: 50 })).messages.length, 1);
  });

  test("[S2] ids of another UUID version are recognised for ever, and belong to their sender", async () => {
    const { here, alice, bob, chatId } = await pair();
    const clientId = "0b5fdd0c-8e2c-4f57-9f5c-1f6f6c8a4d11";
    const [first, other] = [await send(alice, chatId, "mine", clientId), await send(bob, chatId, "mine too", clientId)];
    assert.deepEqual([first.seq, other.seq], [1, 2]);
    await store.forward(40 * DAY_MS);
    assert.deepEqual(await send(await again(here, alice), chatId, "mine", clientId), first);
  });

  test("[S2] a resend of what is stored is answered after the sender was removed", async () => {
    const { alice, bob } = await pair();
    const { chatId } = (await alice.call("chat.createGroup", { name: "G", members: [bob.userId] })).chat;
    const clientId = uuidv7(store.clock.now());
    const first = await send(bob, chatId, "said", clientId);
    await alice.call("member.remove", { chatId, userId: bob.userId });
    assert.deepEqual(await send(bob, chatId, "said", clientId), first);
    await refused(send(bob, chatId, "more"), "NOT_MEMBER");
  });

  test("[MSG-3] who has just written is kept from it at once, by whatever happens on whichever node", async () => {
    const { alice, bob, chatId } = await pair();
    const group = (await alice.call("chat.createGroup", { name: "G", members: [bob.userId] })).chat.chatId;
    const privacy = async (write: "anyone" | "contacts") =>
      alice.call("account.setPrivacy", { privacy: { ...(await alice.call("account.get", {})).privacy, write } });
    const untilMs = store.clock.now() + DAY_MS;
    const obstacles: readonly [string, ReplyErrorName, () => Promise<unknown>, () => Promise<unknown>][] = [
      [
        chatId,
        "WRITE_REFUSED",
        () => alice.call("contact.block", { userId: bob.userId }),
        () => alice.call("contact.unblock", { userId: bob.userId }),
      ],
      [
        chatId,
        "YOU_BLOCKED",
        () => bob.call("contact.block", { userId: alice.userId }),
        () => bob.call("contact.unblock", { userId: alice.userId }),
      ],
      [chatId, "WRITE_REFUSED", () => privacy("contacts"), () => privacy("anyone")],
      [
        group,
        "MEMBER_MUTED",
        () => alice.call("member.mute", { chatId: group, userId: bob.userId, untilMs }),
        () => alice.call("member.mute", { chatId: group, userId: bob.userId, untilMs: 0 }),
      ],
      [
        group,
        "ADMINS_ONLY",
        () => alice.call("chat.update", { chatId: group, announcements: true }),
        () => alice.call("chat.update", { chatId: group, announcements: false }),
      ],
      [
        group,
        "SLOW_MODE",
        () => alice.call("chat.update", { chatId: group, slowModeMs: 60_000 }).then(() => send(bob, group, "the one")),
        () => alice.call("chat.update", { chatId: group, slowModeMs: 0 }),
      ],
      [
        group,
        "NOT_MEMBER",
        () => alice.call("member.remove", { chatId: group, userId: bob.userId }),
        () => alice.call("member.add", { chatId: group, userId: bob.userId }),
      ],
    ];
    for (const [chat, name, put, take] of obstacles) {
      const first = await send(bob, chat, "before");
      assert.equal((await send(bob, chat, "once more")).seq, first.seq + 1);
      await put();
      await refused(send(bob, chat, "against it"), name);
      await take();
      await send(bob, chat, "after");
    }
    await alice.call("chat.update", { chatId: group, disappearMs: DAY_MS });
    const { seq } = await send(bob, group, "vanishes");
    const [newest] = (await bob.call("message.history", { chatId: group, limit: 1 })).messages;
    assert.ok(newest !== undefined && newest.seq === seq && "expiresAt" in newest);
  });

  test("[MSG-3] [S5] every device of every member gets every message, once and in order, on every node", async () => {
    const { here, there, alice, bob, chatId } = await pair();
    const devices = [alice, bob, await again(here, bob), await again(there, alice)];
    await Promise.all(Array.from({ length: 100 }, (_, i) => send(i % 2 === 0 ? alice : bob, chatId, `message ${i}`)));
    const expected = Array.from({ length: 100 }, (_, i) => i + 1);
    for (const device of devices) {
      await device.event("message.new", ({ seq }) => seq === 100);
      assert.deepEqual(seqs(device.pushed("message.new")), expected);
    }
  });

  test("a text has something to see, fits, and refers to what is there", async () => {
    const { alice, bob, chatId } = await pair();
    const say = (body: { text: string; replyTo?: number; mentions?: string[] }) =>
      alice.call("message.send", { chatId, clientId: uuidv7(store.clock.now()), kind: "text", body });
    for (const text of ["", "  \n\t", "\u200b\u200d\ufeff", "\u2800", "\u3164", "\u0301"])
      await refused(say({ text }), "TEXT_EMPTY");
    await refused(say({ text: "é".repeat(limits.TEXT_MAX_BYTES / 2 + 1) }), "TEXT_TOO_LONG");
    assert.equal((await say({ text: "é".repeat(limits.TEXT_MAX_BYTES / 2) })).seq, 1);
    await refused(say({ text: "what?", replyTo: 2 }), "SEQ_OUT_OF_RANGE");
    await refused(say({ text: "hey", mentions: ["a".repeat(26)] }), "NOT_FOUND");
    await say({ text: "hey", mentions: [bob.userId, bob.userId, alice.userId], replyTo: 1 });
    const { notice } = await bob.event("inbox.new", (data) => data.notice.kind === "mention");
    assert.deepEqual(notice, { kind: "mention", chatId, seq: 2, userId: alice.userId });
    const [message] = (await bob.call("message.history", { chatId, limit: 1 })).messages;
    assert.deepEqual(message?.kind === "text" && message.body, {
      text: "hey",
      mentions: [bob.userId, alice.userId],
      replyTo: 1,
    });
  });

  test("[MSG-5] history goes by page in both directions and by time", async () => {
    const { alice, bob, chatId } = await pair();
    const times: number[] = [];
    for (let i = 1; i <= 25; i += 1) {
      await store.forward(1000);
      times.push((await send(alice, chatId, `m${i}`)).sentAt);
    }
    const page = (params: object) => bob.call("message.history", { chatId, limit: 10, ...params });
    const newest = await page({});
    assert.deepEqual([seqs(newest.messages), newest.head, newest.more], [range(16, 25), 25, true]);
    const older = await page({ before: 16 });
    const oldest = await page({ before: 6 });
    assert.deepEqual([seqs(older.messages), older.more], [range(6, 15), true]);
    assert.deepEqual([seqs(oldest.messages), oldest.more], [range(1, 5), undefined]);
    assert.deepEqual(seqs((await page({ after: 0 })).messages), range(1, 10));
    const last = await page({ after: 20 });
    assert.deepEqual([seqs(last.messages), last.more], [range(21, 25), undefined]);
    assert.deepEqual((await page({ after: 25 })).messages, []);
    assert.deepEqual(seqs((await page({ at: times[7] })).messages), range(8, 17));
    assert.deepEqual(seqs((await page({ at: (times[7] ?? 0) + 1 })).messages), range(9, 18));
    assert.deepEqual((await page({ at: store.clock.now() + DAY_MS })).messages, []);
    assert.deepEqual(seqs((await page({ at: 0 })).messages), range(1, 10));
    await refused(page({ before: 5, after: 2 }), "INVALID_PARAMS");
  });

  test("[S4] a page of history stays under 512 KiB and says that there is more", async () => {
    const { alice, bob, chatId } = await pair();
    const text = "x".repeat(limits.TEXT_MAX_BYTES);
    await Promise.all(Array.from({ length: 60 }, () => send(alice, chatId, text)));
    const newest = await bob.call("message.history", { chatId, limit: 200 });
    const fits = newest.messages.length;
    assert.ok(fits >= 25 && fits < 32, `${fits}`);
    assert.ok(JSON.stringify(newest).length <= limits.REPLY_MAX_BYTES);
    assert.deepEqual([seqs(newest.messages), newest.more], [range(61 - fits, 60), true]);
    const oldest = await bob.call("message.history", { chatId, after: 0, limit: 200 });
    assert.deepEqual([seqs(oldest.messages), oldest.more], [range(1, fits), true]);
    const pulled = await bob.call("sync.pull", { newest: 50 });
    assert.ok(JSON.stringify(pulled).length <= limits.REPLY_MAX_BYTES);
    assert.equal(pulled.chats[0]?.messages.at(-1)?.seq, 60);
  });

  test("[MSG-11] [S6] markers go forward only, whichever device and node moves them", async () => {
    const { here, there, alice, bob, chatId } = await pair();
    const phone = await again(here, bob);
    for (let i = 1; i <= 5; i += 1) await send(alice, chatId, `m${i}`);
    const unread = async (peer: DomainPeer) => {
      const [state] = (await peer.call("sync.pull", {})).chats;
      return [state?.readSeq, state?.unread];
    };
    assert.deepEqual(await unread(bob), [0, 5]);
    await bob.call("message.markDelivered", { chatId, seq: 5 });
    await phone.call("message.markRead", { chatId, seq: 3 });
    const read = await alice.event("read.changed", (data) => data.read === 3);
    assert.deepEqual([read.userId, read.chatId, read.delivered], [bob.userId, chatId, 5]);
    await bob.event("inbox.new", ({ notice }) => notice.kind === "read" && notice.seq === 3);
    assert.deepEqual(await unread(bob), [3, 2]);
    await bob.call("message.markRead", { chatId, seq: 1 });
    await phone.call("message.markRead", { chatId, seq: 2 });
    assert.deepEqual(await unread(phone), [3, 2]);
    await bob.call("message.markRead", { chatId, seq: 4 });
    await phone.call("message.markRead", { chatId, seq: 3 });
    assert.deepEqual(
      [await unread(bob), await unread(phone), await unread(alice)],
      [
        [4, 1],
        [4, 1],
        [0, 0],
      ],
    );
    await refused(bob.call("message.markRead", { chatId, seq: 6 }), "SEQ_OUT_OF_RANGE");
    const { receipts } = await alice.call("chat.receipts", { chatId });
    assert.deepEqual(receipts, [{ userId: bob.userId, read: 4, delivered: 5 }]);
    const restarted = store.kind === "redis" ? await store.node() : there;
    const later = await again(restarted, bob);
    await later.call("message.markRead", { chatId, seq: 2 });
    assert.deepEqual(await unread(later), [4, 1]);
  });

  test("[MSG-11] unread counts texts of others, up to 200", async () => {
    const { alice, bob, chatId } = await pair();
    for (let i = 0; i < 21; i += 1) {
      await Promise.all(Array.from({ length: 10 }, () => send(alice, chatId, "unread")));
      await send(bob, chatId, "own");
    }
    const [state] = (await bob.call("sync.pull", {})).chats;
    assert.equal(state?.unread, 200);
    await bob.call("message.markRead", { chatId, seq: 220 });
    const [rest] = (await bob.call("sync.pull", {})).chats;
    assert.equal(
      rest?.unread,
      (await bob.call("message.history", { chatId, after: 220, limit: 200 })).messages.filter(
        (message) => message.kind === "text" && message.sender === alice.userId,
      ).length,
    );
  });

  test("[MSG-13] typing reaches the others, stops by itself in 6 s and is never stored", async () => {
    const { there, alice, bob, chatId } = await pair();
    const phone = await again(there, alice);
    const typing = (value: boolean) => (data: { typing: boolean }) => data.typing === value;
    await alice.call("message.setTyping", { chatId, typing: true });
    assert.deepEqual(await bob.event("typing.changed", typing(true)), { chatId, userId: alice.userId, typing: true });
    await store.forward(limits.TYPING_TTL_MS);
    await bob.event("typing.changed", typing(false));
    await alice.call("message.setTyping", { chatId, typing: true });
    await send(alice, chatId, "done");
    await bob.event("message.new");
    await alice.call("message.setTyping", { chatId, typing: true });
    alice.hangUp();
    phone.hangUp();
    await bob.call("sync.pull", {});
    await bob.heard("typing.changed", 6);
    assert.deepEqual(
      bob.pushed("typing.changed").map((data) => data.typing),
      [true, false, true, false, true, false],
    );
    assert.deepEqual(alice.pushed("typing.changed"), []);
    assert.equal((await bob.call("message.history", { chatId, limit: 10 })).head, 1);
  });
});

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}
