import assert from "node:assert/strict";
import { test } from "node:test";
import { limits, type Result } from "@parley/protocol";
import { newId } from "../src/domain/ids.ts";
import { systemRandom } from "../src/platform.ts";
import { writeChat } from "../src/records/chat-record.ts";
import { monthAfter } from "../src/records/inbox.ts";
import { writeJoined } from "../src/records/membership.ts";
import { chatLog, userInbox } from "../src/store/keys.ts";
import { StoreUnavailable } from "../src/store/kv.ts";
import { syncPage } from "../src/timelines/sync-page.ts";
import { uuidv7 } from "./_util/client-ids.ts";
import type { DomainNode } from "./_util/domain-node.ts";
import type { DomainPeer } from "./_util/domain-peer.ts";
import { onEachStore } from "./_util/domain-stores.ts";
import { turnsUntil } from "./_util/patience.ts";

const DAY_MS = 24 * 3600_000;

onEachStore((store) => {
  let people = 0;
  const person = (node: DomainNode) => node.connect().register(`syncer${++people}`);
  const again = async (node: DomainNode, peer: DomainPeer) => {
    const other = node.connect();
    await other.signInAs((await peer.call("account.get", {})).handle);
    return other;
  };
  const send = (peer: DomainPeer, chatId: string, text: string) =>
    peer.call("message.send", { chatId, clientId: uuidv7(store.clock.now()), kind: "text", body: { text } });
  const group = async (owner: DomainPeer, name: string, ...members: DomainPeer[]) =>
    (await owner.call("chat.createGroup", { name, members: members.map(({ userId }) => userId) })).chat.chatId;
  const seqsOf = (state: Result<"sync.pull">["chats"][number] | undefined) => state?.messages.map(({ seq }) => seq);

  test("[MSG-6] a new device gets exactly the newest N of each chat", async () => {
    const node = await store.node();
    const [alice, bob] = [await person(node), await person(node)];
    const [busy, quiet] = [await group(alice, "busy", bob), await group(alice, "quiet", bob)];
    await Promise.all(Array.from({ length: 30 }, (_, i) => send(alice, busy, `m${i}`)));
    const pull = async (newest?: number) => {
      const { chats } = await bob.call("sync.pull", newest === undefined ? {} : { newest });
      return new Map(chats.map((state) => [state.chat.chatId, seqsOf(state)?.length]));
    };
    assert.deepEqual(
      await pull(),
      new Map([
        [busy, 20],
        [quiet, 1],
      ]),
    );
    for (const newest of [0, 1, 7, 31, 50]) assert.equal((await pull(newest)).get(busy), Math.min(newest, 31));
  });

  test("[S4] [SYNC-4] a pull tells what moved, the most recently active first, and nothing else", async () => {
    const node = await store.node();
    const [alice, bob] = [await person(node), await person(node)];
    const chats = [];
    for (const name of ["one", "two", "three"]) chats.push(await group(alice, name, bob));
    const [one = "", two = "", three = ""] = chats;
    for (const chatId of [two, three, one]) {
      await store.forward(1000);
      await send(alice, chatId, "hello");
    }
    const first = await bob.call("sync.pull", {});
    assert.deepEqual(
      first.chats.map(({ chat }) => chat.chatId),
      [one, three, two],
    );
    assert.deepEqual([first.notices, first.more, first.reset], [[], undefined, undefined]);
    const heads = Object.fromEntries(first.chats.map(({ chat, head }) => [chat.chatId, head]));
    const nothing = await bob.call("sync.pull", { pos: first.pos, heads });
    assert.deepEqual([nothing.chats, nothing.notices, nothing.pos], [[], [], first.pos]);
    for (let i = 0; i < 3; i += 1) await send(alice, two, `more ${i}`);
    const next = await bob.call("sync.pull", { pos: first.pos, heads });
    assert.deepEqual(
      next.chats.map(({ chat }) => chat.chatId),
      [two],
    );
    assert.deepEqual(seqsOf(next.chats[0]), [3, 4, 5]);
    assert.deepEqual([next.chats[0]?.head, next.chats[0]?.unread], [5, 4]);
    const jump = await bob.call("sync.pull", { pos: first.pos, heads, newest: 2 });
    assert.deepEqual(seqsOf(jump.chats[0]), [4, 5]);
  });

  test("[SYNC-1] notices come once each since the cursor, also two of one millisecond, and over the turn of a month", async () => {
    const node = await store.node();
    const [alice, bob] = [await person(node), await person(node)];
    const { pos: start } = await bob.call("sync.pull", {});
    const created = await Promise.all(["a", "b", "c"].map((name) => group(alice, name, bob)));
    const first = await bob.call("sync.pull", { pos: start });
    assert.deepEqual(first.notices.map((notice) => "chatId" in notice && notice.chatId).sort(), [...created].sort());
    assert.ok(first.notices.every(({ kind }) => kind === "joined"));
    assert.equal(first.chats.length, 3);
    assert.deepEqual((await bob.call("sync.pull", { pos: first.pos })).notices, []);

    const live = bob.pushed("inbox.new");
    assert.deepEqual([live[0]?.prev, live.at(-1)?.pos], [start, first.pos]);
    live.forEach(({ prev }, i) => {
      if (i > 0) assert.equal(prev, live[i - 1]?.pos);
    });

    await store.forward(32 * DAY_MS);
    const [chatId = ""] = created;
    const [writer, reader] = [await again(node, alice), await again(node, bob)];
    const { seq } = await writer.call("member.remove", { chatId, userId: bob.userId });
    await reader.event("inbox.new", ({ notice }) => notice.kind === "left");
    const second = await reader.call("sync.pull", { pos: first.pos });
    assert.deepEqual(second.notices, [{ kind: "left", chatId, seq }]);
    await store.forward(62 * DAY_MS);
    const third = await (await again(node, bob)).call("sync.pull", { pos: second.pos });
    assert.deepEqual([third.notices, third.reset], [[], undefined]);
    const all = await (await again(node, bob)).call("sync.pull", { pos: start });
    assert.deepEqual(all.notices, [...first.notices, ...second.notices]);
  });

  test("[SYNC-2] a cursor that is too old, or not ours, is answered with a reset and a snapshot", async () => {
    const node = await store.node();
    const [alice, bob] = [await person(node), await person(node)];
    const chatId = await group(alice, "kept", bob);
    const { pos, chats } = await bob.call("sync.pull", {});
    const heads = { [chatId]: chats[0]?.head ?? 0 };
    for (const odd of ["209912.0.0", "202001.3.1", "x", pos.replace(/\.\d+\./, ".999.")]) {
      const answer = await bob.call("sync.pull", { pos: odd, heads });
      assert.deepEqual([answer.reset, answer.chats.map(seqsOf), answer.pos], [true, [[1]], pos], odd);
    }
    await store.forward(450 * DAY_MS);
    const answer = await (await again(node, bob)).call("sync.pull", { pos, heads });
    assert.deepEqual([answer.reset, answer.chats.length], [true, 1]);
  });

  test("[S9] a log that is not the one that the client knows is sent anew", async () => {
    const node = await store.node();
    const [alice, bob] = [await person(node), await person(node)];
    const chatId = await group(alice, "rewritten", bob);
    for (let i = 0; i < 3; i += 1) await send(alice, chatId, `m${i}`);
    const { pos, chats, epoch } = await bob.call("sync.pull", {});
    const last = chats[0]?.messages.at(-1);
    const tails = { [chatId]: last?.kind === "text" ? last.clientId : "" };
    const same = await bob.call("sync.pull", { pos, heads: { [chatId]: 4 }, tails });
    assert.deepEqual([same.chats, same.epoch], [[], epoch]);
    const other = await bob.call("sync.pull", { pos, heads: { [chatId]: 4 }, tails: { [chatId]: uuidv7() } });
    assert.deepEqual([other.chats[0]?.reset, seqsOf(other.chats[0])], [true, [1, 2, 3, 4]]);
    const shorter = await bob.call("sync.pull", { pos, heads: { [chatId]: 9 } });
    assert.deepEqual([shorter.chats[0]?.reset, shorter.chats[0]?.head], [true, 4]);
  });

  test("[S4] [SYNC-4] what does not fit into one answer comes in the next, each chat once", async () => {
    const node = await store.node();
    const [alice, bob] = [await person(node), await person(node)];
    const text = "x".repeat(limits.TEXT_MAX_BYTES - 100);
    const created: string[] = [];
    for (let i = 0; i < 40; i += 1) {
      const chatId = await group(alice, `group ${i}`, bob);
      created.push(chatId);
      await Promise.all([send(alice, chatId, text), send(alice, chatId, text)]);
    }
    const seen: string[] = [];
    let after: string | undefined;
    let pages = 0;
    const positions = new Set<string>();
    do {
      const page: Result<"sync.pull"> = await bob.call("sync.pull", after === undefined ? {} : { after });
      assert.ok(JSON.stringify(page).length <= limits.REPLY_MAX_BYTES);
      positions.add(page.pos);
      for (const { chat, messages } of page.chats) {
        assert.equal(messages.length, 3);
        seen.push(chat.chatId);
      }
      after = page.more;
      pages += 1;
    } while (after !== undefined);
    assert.deepEqual([...seen].sort(), [...created].sort());
    assert.deepEqual([pages >= 3, positions.size], [true, 1]);
  });

  test("[S4] many notices leave no room for a large chat: it comes in the next answer", async () => {
    const node = await store.node();
    const [alice, bob] = [await person(node), await person(node)];
    const chatId = await group(alice, "large", bob);
    const { pos } = await bob.call("sync.pull", {});
    const text = "x".repeat(limits.TEXT_MAX_BYTES - 100);
    await Promise.all(Array.from({ length: 30 }, () => send(alice, chatId, text)));
    const month = pos.split(".")[0] ?? "";
    const notice = JSON.stringify({ kind: "mention", chatId, seq: 2, userId: alice.userId });
    await Promise.all(Array.from({ length: 1500 }, () => node.store.listPush(userInbox(bob.userId, month), notice)));
    const first = await bob.call("sync.pull", { pos, newest: 50 });
    assert.deepEqual([first.notices.length, first.chats.length], [1500, 0]);
    const next = await bob.call("sync.pull", { pos, newest: 50, after: first.more ?? "" });
    assert.deepEqual([next.notices, next.chats.length, next.more, next.pos], [[], 1, undefined, first.pos]);
    await Promise.all(Array.from({ length: 600 }, () => node.store.listPush(userInbox(bob.userId, month), notice)));
    const snapshot = await bob.call("sync.pull", { pos });
    assert.deepEqual([snapshot.reset, snapshot.notices, snapshot.chats.length], [true, [], 1]);
  });

  test("[SYNC-1] a cursor of the month that has begun by another node's clock is understood", async () => {
    const node = await store.node();
    const [alice, bob] = [await person(node), await person(node)];
    const { pos } = await bob.call("sync.pull", {});
    const [month = "", read] = pos.split(".");
    const ahead = `${monthAfter(month, 1)}.0.${read}`;
    const chatId = await group(alice, "turn", bob);
    const pulled = await bob.call("sync.pull", { pos: ahead });
    assert.deepEqual([pulled.reset, pulled.notices], [undefined, [{ kind: "joined", chatId, seq: 1 }]]);
    assert.equal(pulled.pos, `${monthAfter(month, 1)}.0.${Number(read) + 1}`);
  });

  test("[S3] what the bus did not bring is found in the log, and delivered in order", async () => {
    const [here, there] = await Promise.all([store.node(), store.node()]);
    const [alice, bob] = [await person(here), await person(there)];
    const chatId = await group(alice, "holes", bob);
    await send(alice, chatId, "told");
    await bob.event("message.new", ({ seq }) => seq === 2);
    const untold = (n: number) => {
      const entry = {
        sender: alice.userId,
        clientId: uuidv7(),
        sentAt: store.clock.now(),
        kind: "text",
        body: { text: `untold ${n}` },
      };
      return here.store.listPush(chatLog(chatId), JSON.stringify(entry));
    };
    for (let n = 0; n < 3; n += 1) await untold(n);
    assert.equal((await send(alice, chatId, "told again")).seq, 6);
    await bob.event("message.new", ({ seq }) => seq === 6);
    await untold(3);
    there.services.hub.hole(null);
    await bob.event("message.new", ({ seq }) => seq === 7);
    await untold(4);
    await store.forward(20_000);
    await bob.event("message.new", ({ seq }) => seq === 8);
    const seen = bob.pushed("message.new").map(({ seq }) => seq);
    assert.deepEqual(
      seen.filter((seq) => seq >= 2),
      [2, 3, 4, 5, 6, 7, 8],
    );
  });

  test("[SYNC-1] a notice that a node whose clock is behind writes into the month before comes all the same", async () => {
    const node = await store.node();
    const [alice, bob] = [await person(node), await person(node)];
    const { pos } = await bob.call("sync.pull", {});
    const [month = "", read, readBefore] = pos.split(".");
    const chatId = await group(alice, "now", bob);
    // By a clock that is two seconds behind, at the turn of the month.
    const late = JSON.stringify({ kind: "mention", chatId, seq: 1, userId: alice.userId });
    await node.store.listPush(userInbox(bob.userId, monthAfter(month, -1)), late);
    const pulled = await bob.call("sync.pull", { pos });
    assert.deepEqual(pulled.notices.map(({ kind }) => kind).sort(), ["joined", "mention"]);
    assert.equal(pulled.pos, `${month}.${Number(read) + 1}.${Number(readBefore) + 1}`);
    assert.deepEqual((await bob.call("sync.pull", { pos: pulled.pos })).notices, []);
  });

  test("[CHAT-7] [SYNC-4] five thousand chats come page by page, each once, none of them over 512 KiB", async () => {
    const node = await store.node();
    const bob = await person(node);
    const made = Array.from({ length: limits.CHATS_PER_USER_MAX }, () => newId(systemRandom));
    const makeChat = async (chatId: string) => {
      const createdAt = store.clock.now();
      const entry = { sender: bob.userId, clientId: uuidv7(), sentAt: createdAt, kind: "text", body: { text: "x" } };
      await writeChat(node.store, chatId, { kind: "group", createdAt, name: "one of many" });
      await node.store.listPush(chatLog(chatId), JSON.stringify(entry));
      await writeJoined(node.store, chatId, { userId: bob.userId, role: "owner", joinedSeq: 1 }, null);
    };
    for (let from = 0; from < made.length; from += 500) await Promise.all(made.slice(from, from + 500).map(makeChat));
    const [archived = ""] = made;
    await bob.call("chat.setPrefs", { chatId: archived, prefs: { archived: true } });
    const seen: string[] = [];
    let after: string | undefined;
    do {
      const page: Result<"sync.pull"> = await bob.call("sync.pull", { newest: 5, ...(after && { after }) });
      assert.ok(Buffer.byteLength(JSON.stringify(page)) <= limits.REPLY_MAX_BYTES);
      seen.push(...page.chats.map(({ chat }) => chat.chatId));
      const state = page.chats.find(({ chat }) => chat.chatId === archived);
      if (state !== undefined) assert.deepEqual(state.prefs, { archived: true });
      after = page.more;
    } while (after !== undefined);
    assert.deepEqual(seen.sort(), made.sort());
  });

  test("[SYNC-1] a log that cannot be read fails the page that asked for it, and nothing else", async () => {
    const node = await store.node();
    const [alice, bob] = [await person(node), await person(node)];
    const chatId = await group(alice, "read", bob);
    const { seq } = await send(alice, chatId, "hello");
    // Nothing is unread, so nobody counts.
    await bob.call("message.markRead", { chatId, seq });
    const lost = new Proxy(node.store, {
      get: (kv, name) => {
        if (name === "listRangeBytes") return () => Promise.reject(new StoreUnavailable("No answer"));
        const value: unknown = Reflect.get(kv, name);
        return typeof value === "function" ? value.bind(kv) : value;
      },
    });
    const job = { userId: bob.userId, epoch: "e", now: store.clock.now(), params: {}, newest: 20 };
    await assert.rejects(syncPage(lost, job), StoreUnavailable);
    // A promise that nobody waited for would be noticed by now.
    await new Promise(setImmediate);
  });

  test("[ACC-6] a connection that stays for weeks keeps its session alive", async () => {
    const node = await store.node();
    const alice = await person(node);
    const lastSeenAt = async () => (await alice.call("account.devices", {})).devices[0]?.lastSeenAt ?? 0;
    for (let day = 0; day < 20; day += 1) {
      await store.forward(DAY_MS);
      // It looks every 20 s.
      await turnsUntil(
        async () => (await lastSeenAt()) >= store.clock.now() - DAY_MS / 2,
        () => `a visit of day ${day}`,
        () => store.forward(5000),
      );
    }
    assert.notEqual(await node.services.sessions.find(alice.session?.sessionId ?? ""), null);
  });
});
