import assert from "node:assert/strict";
import { test } from "node:test";
import { limits, type Message, type NewContent } from "@parley/protocol";
import { uuidv7 } from "./_util/client-ids.ts";
import type { DomainNode } from "./_util/domain-node.ts";
import type { DomainPeer } from "./_util/domain-peer.ts";
import { onEachStore } from "./_util/domain-stores.ts";
import { rawValues } from "./_util/raw-store.ts";
import { refused } from "./_util/refusal.ts";

const HOUR_MS = 3600_000;

onEachStore((store) => {
  let people = 0;
  const person = (node: DomainNode) => node.connect().register(`overlay${++people}`);
  const send = (peer: DomainPeer, chatId: string, content: NewContent, clientId = uuidv7(store.clock.now())) =>
    peer.call("message.send", { chatId, clientId, ...content });
  const text = (words: string, extra: object = {}): NewContent => ({ kind: "text", body: { text: words, ...extra } });
  const say = async (peer: DomainPeer, chatId: string, words: string, extra: object = {}) =>
    (await send(peer, chatId, text(words, extra))).seq;
  const trio = async () => {
    const [here, there] = await Promise.all([store.node(), store.node()]);
    const [owner, bob, carol] = [await person(here), await person(there), await person(here)];
    const members = [bob.userId, carol.userId];
    const { chatId } = (await owner.call("chat.createGroup", { name: "Overlay", members })).chat;
    await bob.event("chat.changed");
    await carol.event("chat.changed");
    return { here, there, owner, bob, carol, chatId };
  };
  const history = async (peer: DomainPeer, chatId: string) =>
    (await peer.call("message.history", { chatId, limit: 200 })).messages;
  const only = async (peer: DomainPeer, chatId: string, seq: number): Promise<Message> => {
    const { messages } = await peer.call("message.get", { chatId, seqs: [seq] });
    const [message] = messages;
    if (message === undefined) throw new Error("It is not there");
    return message;
  };
  const notice = (peer: DomainPeer, kind: string, seq: number) =>
    peer.event("inbox.new", (data) => data.notice.kind === kind && "seq" in data.notice && data.notice.seq === seq);

  test("[MSG-8] who retracts within the window takes back everything that was said, from store, replies and counts", async () => {
    const { owner, bob, carol, chatId } = await trio();
    const before = await carol.call("sync.pull", {});
    const canary = `canary${uuidv7().replaceAll("-", "")}`;
    const seq = await say(bob, chatId, canary, { mentions: [carol.userId] });
    const reply = await say(owner, chatId, "indeed", { replyTo: seq });
    await bob.call("message.edit", { chatId, seq, body: { text: `${canary} once more` } });
    await notice(carol, "edit", seq);
    const [counted] = (await carol.call("sync.pull", {})).chats;
    assert.ok((await rawValues(await store.location())).some((value) => value.includes(canary)));

    const { version } = await bob.call("message.retract", { chatId, seq });
    for (const peer of [owner, bob, carol]) {
      assert.deepEqual((await notice(peer, "retract", seq)).notice, { kind: "retract", chatId, seq, by: bob.userId });
    }
    assert.deepEqual(await bob.call("message.retract", { chatId, seq }), { version });
    const found = (await rawValues(await store.location())).filter((value) => value.includes(canary));
    assert.deepEqual(found, []);
    const stub = await only(carol, chatId, seq);
    assert.ok(stub.kind === "retracted");
    assert.deepEqual([stub.sender, stub.body], [bob.userId, { by: bob.userId }]);
    assert.deepEqual(
      (await history(carol, chatId)).find((message) => message.seq === seq),
      stub,
    );
    const quoting = await only(carol, chatId, reply);
    assert.deepEqual(quoting.kind === "text" && quoting.body, { text: "indeed", replyTo: seq });
    const pulled = await carol.call("sync.pull", { pos: before.pos, heads: { [chatId]: reply } });
    assert.deepEqual(
      pulled.notices.map((one) => one.kind),
      ["mention", "edit", "retract"],
    );
    const [state] = pulled.chats;
    assert.deepEqual([counted?.unread, counted?.mentions, state?.unread, state?.mentions], [2, 0, 1, 0]);
    await refused(bob.call("message.edits", { chatId, seq }), "MESSAGE_RETRACTED");
    await refused(bob.call("message.edit", { chatId, seq, body: { text: "back" } }), "MESSAGE_RETRACTED");
    await refused(say(owner, chatId, "what?", { replyTo: seq }), "MESSAGE_RETRACTED");
  });

  test("[MSG-8] the sender has a window, admins have none, and in a direct chat only the sender may", async () => {
    const { here, owner, bob, carol, chatId } = await trio();
    const direct = (await bob.call("chat.openDirect", { userId: carol.userId })).chat.chatId;
    const old = await say(bob, chatId, "old");
    const told = await say(bob, direct, "between us");
    await refused(carol.call("message.retract", { chatId, seq: old }), "FORBIDDEN");
    await refused(carol.call("message.retract", { chatId: direct, seq: told }), "FORBIDDEN");
    await refused(owner.call("message.retract", { chatId: direct, seq: told }), "CHAT_NOT_FOUND");
    await refused(bob.call("message.retract", { chatId, seq: 1 }), "NOT_EDITABLE");
    await refused(bob.call("message.retract", { chatId, seq: 99 }), "SEQ_OUT_OF_RANGE");
    await store.forward(49 * HOUR_MS);
    const [admin, sender] = [here.connect(), here.connect()];
    await admin.signInAs((await owner.call("account.get", {})).handle);
    await sender.signInAs((await bob.call("account.get", {})).handle);
    await refused(sender.call("message.retract", { chatId, seq: old }), "TOO_LATE");
    await refused(sender.call("message.edit", { chatId, seq: old, body: { text: "new" } }), "TOO_LATE");
    await refused(sender.call("message.retract", { chatId: direct, seq: told }), "TOO_LATE");
    await admin.call("message.retract", { chatId, seq: old });
    const gone = await only(sender, chatId, old);
    assert.deepEqual(gone.kind === "retracted" && gone.body, { by: owner.userId });
    // What is gone is gone: nobody is told that it is too late.
    assert.ok((await sender.call("message.retract", { chatId, seq: old })).version >= 1);
  });

  test("[MSG-8] [S2] a resend of a message that was edited or retracted gets its seq", async () => {
    const { bob, chatId } = await trio();
    const clientId = uuidv7(store.clock.now());
    const first = await send(bob, chatId, text("as it was"), clientId);
    await bob.call("message.edit", { chatId, seq: first.seq, body: { text: "as it is" } });
    assert.deepEqual(await send(bob, chatId, text("as it was"), clientId), first);
    await refused(send(bob, chatId, text("as it is"), clientId), "CLIENT_ID_REUSED");
    await bob.call("message.retract", { chatId, seq: first.seq });
    assert.deepEqual(await send(bob, chatId, text("as it was"), clientId), first);
    assert.equal((await only(bob, chatId, first.seq)).kind, "retracted");
  });

  test("[MSG-9] edits have versions that all read alike, and the last one tells whom it mentions", async () => {
    const { owner, bob, carol, chatId } = await trio();
    const seq = await say(bob, chatId, "one");
    const edit = (peer: DomainPeer, words: string, extra: object = {}) =>
      peer.call("message.edit", { chatId, seq, body: { text: words, ...extra } });
    await refused(edit(owner, "not yours"), "FORBIDDEN");
    await refused(edit(bob, " \u200b"), "TEXT_EMPTY");
    await refused(edit(bob, "é".repeat(limits.TEXT_MAX_BYTES / 2 + 1)), "TEXT_TOO_LONG");
    await refused(edit(bob, "hey", { mentionAll: true }), "FORBIDDEN");
    await refused(edit(bob, "hey", { replyTo: seq }), "SEQ_OUT_OF_RANGE");
    assert.deepEqual(await edit(bob, "two"), { version: 1 });
    assert.deepEqual(await edit(bob, "two"), { version: 1 });
    assert.deepEqual(await edit(bob, "three", { mentions: [carol.userId] }), { version: 2 });
    await notice(carol, "mention", seq);
    assert.deepEqual((await notice(owner, "edit", seq)).notice, { kind: "edit", chatId, seq, version: 1 });
    const message = await only(owner, chatId, seq);
    assert.ok(message.kind === "text");
    assert.deepEqual([message.body, message.edited], [{ text: "three", mentions: [carol.userId] }, 2]);
    assert.deepEqual((await history(carol, chatId)).at(-1), message);
    const [state] = (await carol.call("sync.pull", {})).chats;
    assert.deepEqual([state?.messages.at(-1), state?.mentions], [message, 1]);
    const { versions } = await carol.call("message.edits", { chatId, seq });
    assert.deepEqual(
      versions.map(({ version, body }) => [version, body.text]),
      [
        [0, "one"],
        [1, "two"],
        [2, "three"],
      ],
    );
    await Promise.all(Array.from({ length: 10 }, (_, i) => edit(bob, `at once ${i}`)));
    const [here, there] = [await only(bob, chatId, seq), await only(carol, chatId, seq)];
    assert.deepEqual(here, there);
    assert.equal(here.kind === "text" && here.edited, 12);
  });

  test("[MSG-9] edits are in every page, however long the messages beside them are", async () => {
    const { bob, carol, chatId } = await trio();
    const long = "x".repeat(limits.TEXT_MAX_BYTES);
    const seq = await say(bob, chatId, long);
    for (let i = 0; i < 2; i += 1) await say(bob, chatId, long);
    await bob.call("message.edit", { chatId, seq, body: { text: "short" } });
    for (const limit of [3, limits.HISTORY_PAGE_MAX]) {
      const { messages } = await carol.call("message.history", { chatId, limit });
      const texts = messages.slice(-3).map((message) => message.kind === "text" && message.body.text);
      assert.deepEqual(texts, ["short", long, long]);
    }
  });

  test("[MSG-9] only texts of one's own words are edited, at most EDITS_MAX times, and never past what a reply holds", async () => {
    const { owner, bob, chatId } = await trio();
    const edit = (seq: number, words: string) => bob.call("message.edit", { chatId, seq, body: { text: words } });
    const place = (await send(bob, chatId, { kind: "location", body: { latitude: 1, longitude: 2 } })).seq;
    await refused(edit(place, "here"), "NOT_EDITABLE");
    const source = await say(owner, chatId, "somebody else's words");
    const copy = (await send(bob, chatId, { kind: "forward", body: { chatId, seqs: [source] } })).seq;
    await refused(edit(copy, "mine"), "NOT_EDITABLE");
    const seq = await say(bob, chatId, "0");
    for (let i = 1; i <= limits.EDITS_MAX; i += 1) await edit(seq, String(i));
    await refused(edit(seq, "more"), "LIMIT_REACHED");
    assert.equal((await bob.call("message.edits", { chatId, seq })).versions.length, limits.EDITS_MAX + 1);
    const long = await say(bob, chatId, "long");
    const grown = async () => {
      for (let i = 0; ; i += 1) await edit(long, String(i).padEnd(limits.TEXT_MAX_BYTES, "x"));
    };
    await refused(grown(), "LIMIT_REACHED");
    const answer = await bob.call("message.edits", { chatId, seq: long });
    assert.ok(answer.versions.length > 20 && JSON.stringify(answer).length <= limits.REPLY_MAX_BYTES);
  });

  test("[MSG-7] a place, a card, a poll and a text arrive as they were sent, and only well-formed ones are taken", async () => {
    const { owner, bob, carol, chatId } = await trio();
    const body = async (content: NewContent) => {
      const { seq } = await send(bob, chatId, content);
      await carol.event("message.new", (data) => data.seq === seq);
      const message = await only(carol, chatId, seq);
      return message.kind === content.kind ? message.body : message;
    };
    const place = { latitude: 52.52, longitude: -13.405, label: "Berlin \u202e" };
    assert.deepEqual(await body({ kind: "location", body: place }), place);
    const { users } = await bob.call("user.get", { userIds: [owner.userId] });
    assert.deepEqual(await body({ kind: "contact", body: { userId: owner.userId } }), { user: users[0] });
    await refused(body({ kind: "contact", body: { userId: "a".repeat(26) } }), "NOT_FOUND");
    const poll = { question: "Tea?", options: ["yes", "no"], multiple: false, anonymous: true };
    assert.deepEqual(await body({ kind: "poll", body: poll }), poll);
    const bad = (change: object) => body({ kind: "poll", body: { ...poll, ...change } });
    await refused(bad({ question: "\u200b" }), "TEXT_EMPTY");
    await refused(bad({ options: ["yes", " "] }), "TEXT_EMPTY");
    await refused(bad({ options: ["yes", "yes "] }), "INVALID_PARAMS");
    await refused(bad({ closesAt: store.clock.now() - 1 }), "SCHEDULE_INVALID");
    await refused(bad({ closesAt: store.clock.now() + 400 * 24 * HOUR_MS }), "SCHEDULE_INVALID");
    const odd = "javascript:alert(1) data:text/html,x \u202e \u200d <b>";
    assert.deepEqual(await body(text(odd)), { text: odd });
  });

  test("[MSG-7] one message is forwarded as what it is, several as one, of what can be read now", async () => {
    const { owner, bob, carol, chatId } = await trio();
    const target = (await bob.call("chat.openDirect", { userId: carol.userId })).chat.chatId;
    const forward = (seqs: number[], clientId?: string) =>
      send(bob, target, { kind: "forward", body: { chatId, seqs } }, clientId);
    const said = await send(owner, chatId, text("said", { mentions: [bob.userId] }));
    const edited = await say(owner, chatId, "first", { replyTo: said.seq });
    await owner.call("message.edit", { chatId, seq: edited, body: { text: "second", replyTo: said.seq } });
    const clientId = uuidv7(store.clock.now());
    const one = await forward([edited], clientId);
    const copy = await only(carol, target, one.seq);
    assert.ok(copy.kind === "text");
    const origin = await only(bob, chatId, edited);
    assert.ok(origin.kind === "text");
    assert.deepEqual(copy.body, { text: "second", forwarded: { userId: owner.userId, sentAt: origin.sentAt } });
    const further = await send(carol, target, { kind: "forward", body: { chatId: target, seqs: [one.seq] } });
    const again = await only(bob, target, further.seq);
    assert.deepEqual(again.kind === "text" && again.body, copy.body);

    const place = (await send(owner, chatId, { kind: "location", body: { latitude: 1, longitude: 2 } })).seq;
    const merged = await forward([said.seq, edited, place]);
    const collection = await only(carol, target, merged.seq);
    assert.ok(collection.kind === "forward");
    assert.deepEqual(
      collection.body.items.map(({ sender, kind, body }) => [sender.userId, kind, body]),
      [
        [owner.userId, "text", { text: "said" }],
        [owner.userId, "text", { text: "second" }],
        [owner.userId, "location", { latitude: 1, longitude: 2 }],
      ],
    );

    await refused(forward([1]), "NOT_FORWARDABLE");
    await refused(forward([place, said.seq]), "INVALID_PARAMS");
    await refused(forward([999]), "SEQ_OUT_OF_RANGE");
    const poll = { question: "?", options: ["a", "b"], multiple: false, anonymous: false };
    await refused(forward([(await send(owner, chatId, { kind: "poll", body: poll })).seq]), "NOT_FORWARDABLE");
    const stranger = await person(await store.node());
    const own = (await stranger.call("chat.openDirect", { userId: bob.userId })).chat.chatId;
    const foreign: NewContent = { kind: "forward", body: { chatId, seqs: [said.seq] } };
    await refused(send(stranger, own, foreign), "CHAT_NOT_FOUND");
    await owner.call("message.retract", { chatId, seq: edited });
    await refused(forward([edited]), "NOT_FORWARDABLE");
    await refused(forward([said.seq, edited]), "NOT_FORWARDABLE");
    assert.deepEqual(await forward([edited], clientId), one, "a resend is answered although its source is gone");
    await refused(forward([said.seq, place], clientId), "CLIENT_ID_REUSED");
    const long = await Promise.all(Array.from({ length: 5 }, () => say(owner, chatId, "x".repeat(16_000))));
    await refused(forward(long.sort((a, b) => a - b)), "TEXT_TOO_LONG");
  });

  test("[MSG-10] everybody is mentioned by admins of groups only, and told without having fetched the message", async () => {
    const { owner, bob, carol, chatId } = await trio();
    await refused(send(bob, chatId, text("all!", { mentionAll: true })), "FORBIDDEN");
    const direct = (await owner.call("chat.openDirect", { userId: bob.userId })).chat.chatId;
    await refused(send(owner, direct, text("all!", { mentionAll: true })), "FORBIDDEN");
    const { pos } = await owner.call("sync.pull", {});
    const seq = await say(owner, chatId, "all!", { mentionAll: true });
    for (const peer of [bob, carol]) {
      const { notice: told } = await notice(peer, "mention", seq);
      assert.deepEqual(told, { kind: "mention", chatId, seq, userId: owner.userId });
    }
    assert.deepEqual((await owner.call("sync.pull", { pos })).notices, []);
    const [state] = (await carol.call("sync.pull", {})).chats;
    assert.deepEqual([state?.unread, state?.mentions], [1, 1]);
  });

  test("message.get answers what may be read, in order, and says when that is too much", async () => {
    const { owner, bob, chatId } = await trio();
    const seq = await say(owner, chatId, "early");
    const late = await person(await store.node());
    await owner.call("member.add", { chatId, userId: late.userId });
    const last = await say(owner, chatId, "late");
    const got = async (peer: DomainPeer, seqs: number[]) =>
      (await peer.call("message.get", { chatId, seqs })).messages.map((message) => message.seq);
    assert.deepEqual(await got(bob, [last, seq, seq, 999]), [seq, last]);
    assert.deepEqual(await got(late, [seq, last]), [last]);
    const long = await Promise.all(Array.from({ length: 40 }, () => say(owner, chatId, "x".repeat(16_000))));
    await refused(bob.call("message.get", { chatId, seqs: long }), "REPLY_TOO_LARGE");
    await refused(late.call("message.get", { chatId: "a".repeat(26), seqs: [1] }), "CHAT_NOT_FOUND");
  });
});
