import assert from "node:assert/strict";
import { test } from "node:test";
import { type ChatPrefs, limits, type Message, type Result } from "@parley/protocol";
import { uuidv7 } from "./_util/client-ids.ts";
import type { DomainNode } from "./_util/domain-node.ts";
import type { DomainPeer } from "./_util/domain-peer.ts";
import { onEachStore } from "./_util/domain-stores.ts";
import { refused } from "./_util/refusal.ts";

onEachStore((store) => {
  let people = 0;
  const person = async (node: DomainNode) => {
    const peer = await node.connect().register(`owner${++people}`);
    await peer.call("sync.pull", {});
    return peer;
  };
  const again = async (node: DomainNode, peer: DomainPeer) => {
    const other = node.connect();
    await other.signInAs((await peer.call("account.get", {})).handle);
    await other.call("sync.pull", {});
    return other;
  };
  const group = async (owner: DomainPeer, ...members: DomainPeer[]) =>
    (await owner.call("chat.createGroup", { name: "g", members: members.map(({ userId }) => userId) })).chat.chatId;
  const send = async (peer: DomainPeer, chatId: string, text: string, extra: object = {}) =>
    (
      await peer.call("message.send", {
        chatId,
        clientId: uuidv7(store.clock.now()),
        kind: "text",
        body: { text, ...extra },
      })
    ).seq;
  const stateOf = async (peer: DomainPeer, chatId: string) => {
    const { chats } = await peer.call("sync.pull", {});
    return chats.find(({ chat }) => chat.chatId === chatId);
  };
  const texts = (messages: readonly Message[]) =>
    messages.map((message) => (message.kind === "text" ? message.body.text : message.kind));

  test("[SYNC-1] [SYNC-3] settings travel: two devices that write at once agree, and their number is bounded", async () => {
    const [here, there] = await Promise.all([store.node(), store.node()]);
    const ann = await person(here);
    const phone = await again(there, ann);
    const { version } = await ann.call("settings.set", { key: "look.theme", value: '"dark"' });
    await phone.event("inbox.new", ({ notice }) => notice.kind === "setting" && notice.setting.version === version);
    await Promise.all(
      Array.from({ length: 10 }, (_, i) =>
        (i % 2 === 0 ? ann : phone).call("settings.set", { key: "look.size", value: String(i) }),
      ),
    );
    const { settings } = await ann.call("settings.get", {});
    const size = settings.find(({ key }) => key === "look.size");
    await Promise.all(
      [ann, phone].map(async (device) => {
        await device.event("inbox.new", ({ notice }) => {
          return notice.kind === "setting" && notice.setting.version === size?.version;
        });
        const heard = device.pushed("inbox.new").flatMap(({ notice }) => {
          return notice.kind === "setting" && notice.setting.key === "look.size" ? [notice.setting] : [];
        });
        const highest = heard.reduce((a, b) => (a.version > b.version ? a : b));
        assert.deepEqual(highest, size);
      }),
    );
    assert.deepEqual((await phone.call("settings.get", {})).settings.length, 2);
    await refused(ann.call("settings.set", { key: "bad", value: "{" }), "INVALID_PARAMS");
    for (let i = 2; i < limits.SETTINGS_MAX; i += 1) await ann.call("settings.set", { key: `k${i}`, value: "1" });
    await refused(ann.call("settings.set", { key: "onemore", value: "1" }), "LIMIT_REACHED");
    await ann.call("settings.set", { key: "k5", value: "2" });
    const large = JSON.stringify("€".repeat(4000));
    let taken = 0;
    for (let i = 2; i < limits.SETTINGS_MAX; i += 1) {
      taken += await ann.call("settings.set", { key: `k${i}`, value: large }).then(
        () => 1,
        () => 0,
      );
    }
    assert.ok(taken > 0 && taken < limits.SETTINGS_MAX - 2);
    const all = await ann.call("settings.get", {});
    assert.ok(JSON.stringify(all).length <= limits.REPLY_MAX_BYTES);
  });

  test("[CHAT-7] pin, mute, archive and folders are the same on all devices, and pins are bounded", async () => {
    const [here, there] = await Promise.all([store.node(), store.node()]);
    const [ann, bob] = [await person(here), await person(here)];
    const phone = await again(there, ann);
    const chatId = await group(ann, bob);
    const prefs: ChatPrefs = { pinnedAt: 5, mutedUntil: 9e12, folders: ["work", "work", "urgent"] };
    const { version } = await ann.call("chat.setPrefs", { chatId, prefs });
    const stored = { ...prefs, folders: ["work", "urgent"] };
    await phone.event("inbox.new", ({ notice }) => {
      return notice.kind === "prefs" && JSON.stringify(notice.prefs) === JSON.stringify(stored);
    });
    const state = await stateOf(phone, chatId);
    assert.deepEqual([state?.prefs, state?.prefsVersion], [stored, version]);
    assert.deepEqual(await ann.call("chat.setPrefs", { chatId, prefs: stored }), { version }, "nothing changed");
    await phone.call("chat.setPrefs", { chatId, prefs: {} });
    const bare = await stateOf(ann, chatId);
    assert.deepEqual([bare?.prefs, (bare?.prefsVersion ?? 0) > version], [undefined, true]);
    assert.equal((await stateOf(bob, chatId))?.prefsVersion, undefined);
    const stranger = await person(here);
    await refused(stranger.call("chat.setPrefs", { chatId, prefs }), "CHAT_NOT_FOUND");

    const chats = [];
    for (let i = 0; i <= limits.PINNED_CHATS_MAX; i += 1) chats.push(await group(ann));
    const last = chats.pop() ?? "";
    for (const [i, each] of chats.entries()) {
      await ann.call("chat.setPrefs", { chatId: each, prefs: { pinnedAt: i + 1 } });
    }
    await refused(ann.call("chat.setPrefs", { chatId: last, prefs: { pinnedAt: 99 } }), "LIMIT_REACHED");
    await ann.call("chat.setPrefs", { chatId: chats[3] ?? "", prefs: { pinnedAt: 99 } });
    await ann.call("chat.leave", { chatId: chats[0] ?? "" });
    await ann.call("chat.setPrefs", { chatId: last, prefs: { pinnedAt: 99 } });
  });

  test("[MSG-13] a draft is on the other device at once, the last writer wins, an empty one removes it", async () => {
    const [here, there] = await Promise.all([store.node(), store.node()]);
    const ann = await person(here);
    const phone = await again(there, ann);
    const chatId = await group(ann);
    await ann.call("chat.setDraft", { chatId, draft: { text: "Dear" } });
    const heard = phone.event("inbox.new", ({ notice }) => notice.kind === "draft" && notice.draft.text === "Dear Bob");
    const { version } = await ann.call("chat.setDraft", { chatId, draft: { text: "Dear Bob", replyTo: 1 } });
    await heard;
    const state = await stateOf(phone, chatId);
    assert.deepEqual([state?.draft, state?.draftVersion], [{ text: "Dear Bob", replyTo: 1 }, version]);
    const removed = await phone.call("chat.setDraft", { chatId, draft: { text: "" } });
    assert.ok(removed.version > version);
    await ann.event("inbox.new", ({ notice }) => notice.kind === "draft" && notice.version === removed.version);
    const empty = await stateOf(ann, chatId);
    assert.deepEqual([empty?.draft, empty?.draftVersion], [undefined, removed.version]);
    const long = "€".repeat(limits.TEXT_MAX_BYTES / 2);
    await refused(ann.call("chat.setDraft", { chatId, draft: { text: long } }), "TEXT_TOO_LONG");
    assert.equal(await here.store.hashLength(`u:{${ann.userId}}:drafts`), 2, "one field, and the counter");
  });

  test("[MSG-15] stars come the newest first, page by page, survive a new device, and only of what one may read", async () => {
    const [here, there] = await Promise.all([store.node(), store.node()]);
    const [ann, bob] = [await person(here), await person(here)];
    const chatId = await group(bob, ann);
    for (let i = 0; i < 7; i += 1) await send(bob, chatId, `m${i}`);
    for (const seq of [2, 5, 3, 8, 4]) await ann.call("message.star", { chatId, seq, on: true });
    await ann.call("message.star", { chatId, seq: 5, on: true });
    await ann.call("message.star", { chatId, seq: 3, on: false });
    const phone = await again(there, ann);
    const pages: number[][] = [];
    let before: number | undefined;
    do {
      const page: Result<"message.stars"> = await phone.call("message.stars", { limit: 2, ...(before && { before }) });
      pages.push(page.stars.map(({ seq }) => seq));
      before = page.more ? page.stars.at(-1)?.at : undefined;
    } while (before !== undefined);
    assert.deepEqual(pages, [
      [4, 8],
      [5, 2],
    ]);
    assert.deepEqual((await bob.call("message.stars", { limit: 10 })).stars, []);
    await refused(ann.call("message.star", { chatId, seq: 99, on: true }), "SEQ_OUT_OF_RANGE");
    const late = await person(here);
    await bob.call("member.add", { chatId, userId: late.userId });
    await refused(late.call("message.star", { chatId, seq: 2, on: true }), "SEQ_OUT_OF_RANGE");
    await refused((await person(here)).call("message.star", { chatId, seq: 2, on: true }), "CHAT_NOT_FOUND");
    await ann.call("chat.leave", { chatId });
    assert.deepEqual((await ann.call("message.stars", { limit: 10 })).stars, []);
  });

  test("[MSG-15] deleted for me: gone on all my devices and from my counts, and nobody else's", async () => {
    const [here, there] = await Promise.all([store.node(), store.node()]);
    const [ann, bob] = [await person(here), await person(here)];
    const phone = await again(there, ann);
    const chatId = await group(bob, ann);
    for (const text of ["one", "two", "three", "four"]) await send(bob, chatId, text, { mentions: [ann.userId] });
    const before = await stateOf(ann, chatId);
    assert.deepEqual([before?.unread, before?.mentions], [4, 4]);
    await ann.call("message.hide", { chatId, seqs: [3, 5, 3] });
    const { notice } = await phone.event("inbox.new", ({ notice }) => notice.kind === "hide");
    assert.deepEqual(notice, { kind: "hide", chatId, seqs: [3, 5] });
    const page = (peer: DomainPeer, bounds: object = {}) =>
      peer.call("message.history", { chatId, limit: 9, ...bounds });
    const mine = ["system", "one", "void", "three", "void"];
    const state = await stateOf(phone, chatId);
    assert.deepEqual([state?.unread, state?.mentions, texts(state?.messages ?? [])], [2, 2, mine]);
    for (const bounds of [{}, { after: 0 }, { before: 6 }]) {
      assert.deepEqual(texts((await page(phone, bounds)).messages), mine);
    }
    assert.deepEqual(texts((await page(bob)).messages), ["system", "one", "two", "three", "four"]);
    await send(bob, chatId, "five");
    assert.deepEqual(texts((await stateOf(ann, chatId))?.messages ?? []), [...mine, "five"]);
    await refused(ann.call("message.hide", { chatId, seqs: [7] }), "SEQ_OUT_OF_RANGE");
    await refused((await person(here)).call("message.hide", { chatId, seqs: [1] }), "CHAT_NOT_FOUND");
    await refused(ann.call("message.star", { chatId, seq: 3, on: true }), "SEQ_OUT_OF_RANGE");
  });

  test("[SYNC-4] [MSG-10] mentions are counted with the unread, by name and by everyone", async () => {
    const node = await store.node();
    const [ann, bob, carol] = [await person(node), await person(node), await person(node)];
    const chatId = await group(bob, ann, carol);
    await send(bob, chatId, `see "${ann.userId}"`);
    await send(bob, chatId, "hey", { mentions: [carol.userId, ann.userId] });
    await send(bob, chatId, "only carol", { mentions: [carol.userId] });
    await send(carol, chatId, '"mentionAll":true');
    const counts = async (peer: DomainPeer) => {
      const state = await stateOf(peer, chatId);
      return [state?.unread, state?.mentions];
    };
    assert.deepEqual(
      [await counts(ann), await counts(carol), await counts(bob)],
      [
        [4, 1],
        [3, 2],
        [1, 0],
      ],
    );
    await ann.call("message.markRead", { chatId, seq: 3 });
    assert.deepEqual(await counts(ann), [2, 0]);
  });
});
