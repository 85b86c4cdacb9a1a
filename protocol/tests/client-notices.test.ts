import assert from "node:assert/strict";
import { test } from "node:test";
import type { ClientStorage } from "../src/client/storage.ts";
import { ReplyError } from "../src/errors.ts";
import type { Params } from "../src/requests.ts";
import type { Message } from "../src/schema/message.ts";
import { twoPeople } from "./client-chats.ts";
import type { ModelChat } from "./client-model-chats.ts";
import type { ModelServer } from "./client-model-server.ts";
import { clientOf, PASSWORD } from "./client-person.ts";
import { seededRandom } from "./client-virtual-time.ts";

const FETCHES = ["message.history", "message.get"] as const;

function fetchesOf(server: ModelServer, userId: string): number {
  return server.asked.filter((asked) => asked.userId === userId && FETCHES.some((method) => method === asked.method))
    .length;
}

function kindsOf(messages: readonly Message[] | undefined): string[] {
  return (messages ?? []).map((message) => (message.kind === "text" ? message.body.text : message.kind));
}

/** Once, in place of the answer to a `sync.pull` of this user; `answer` is what the server would say. */
function atPull(server: ModelServer, of: string, say: (answer: () => unknown) => unknown): void {
  server.lie = ({ method, userId, params }) => {
    const link = [...server.links].find(({ session }) => session?.userId === of);
    if (method !== "sync.pull" || userId !== of || link === undefined) return undefined;
    server.lie = () => undefined;
    return say(() => server.answer(link, method, params));
  };
}

/** While the user pulls, their first entry is hidden on another device, and a failover loses that. */
function loseHideDuringPull(server: ModelServer, chat: ModelChat, userId: string): void {
  atPull(server, userId, (answer) => {
    const { chats } = server;
    const before = chats.inboxes.get(userId)?.length ?? 0;
    chats.hide(chat, userId, [1]);
    chats.hidden.clear();
    chats.inboxes.get(userId)?.splice(before);
    chats.epoch = "e2";
    server.push(userId, "sync.reset", { epoch: "e2" });
    return answer();
  });
}

test("[N1] [MSG-8] a retract corrects what is cached and shown, counts included, without fetching anything", async () => {
  const { time, server, ann, ben, chatId, chat, settle } = await twoPeople();
  for (const text of ["one", "secret", "three"]) server.write(chatId, ben.userId, text);
  await time.until(() => ann.client.chat(chatId)?.unread === 3, "unread");
  const before = fetchesOf(server, ann.userId);
  server.chats.retract(chat, 3, ben.userId);
  server.chats.retract(chat, 2, ben.userId);
  await time.until(() => ann.client.chat(chatId)?.unread === 1, "corrected");
  assert.deepEqual(kindsOf(ann.screen.messages.get(chatId)), ["one", "retracted", "retracted"]);
  assert.deepEqual(ann.client.chat(chatId)?.last, chat.log[2]);
  assert.deepEqual((await settle(ann.client.history(chatId, { limit: 10 }))).messages, chat.log);
  assert.equal(fetchesOf(server, ann.userId), before);
  const stored = JSON.stringify([await ann.storage.all("messages"), await ann.storage.all("chats")]);
  assert.ok(stored.includes('"one"') && !stored.includes("secret"));
});

test("[N1] [MSG-8] a device that was off learns of a retract by the inbox, and its cache with it", async () => {
  const { time, server, ann, ben, chatId, chat } = await twoPeople();
  server.write(chatId, ben.userId, "secret");
  await time.until(() => ann.client.chat(chatId)?.unread === 1, "there");
  await ann.client.stop();
  server.chats.retract(chat, 1, ben.userId);
  const before = fetchesOf(server, ann.userId);
  const { client, screen } = clientOf(server, { storage: ann.storage, random: seededRandom(3) });
  void client.start();
  await time.until(() => screen.all("synced").length > 0 && client.chat(chatId)?.unread === 0, "synced");
  assert.deepEqual(client.chat(chatId)?.last, chat.log[0]);
  assert.equal(fetchesOf(server, ann.userId), before);
  await client.stop();
  assert.ok(!JSON.stringify(await ann.storage.all("messages")).includes("secret"));
});

test("[N2] a page that was read before a notice, and comes after it, is seen through it", async () => {
  const { time, server, ann, ben, chatId, chat, settle } = await twoPeople();
  for (let i = 1; i <= 300; i++) server.write(chatId, ben.userId, `m${i}`, { silently: true });
  server.cut();
  await time.until(() => ann.client.chat(chatId)?.head === 300, "synced");
  const page = chat.log.slice(0, 40);
  server.lie = ({ method, userId }) => {
    if (method !== "message.history" || userId !== ann.userId) return undefined;
    server.lie = () => undefined;
    server.chats.retract(chat, 7, ben.userId);
    server.chats.hide(chat, ann.userId, [8]);
    server.chats.edit(chat, 9, { text: "m9 edited" });
    return { messages: page, head: 300, pos: "0", epoch: server.chats.epoch };
  };
  const { messages } = await settle(ann.client.history(chatId, { before: 41, limit: 40 }));
  assert.deepEqual(kindsOf(messages).slice(5, 10), ["m6", "retracted", "void", "m9 edited", "m10"]);
  const again = await settle(ann.client.history(chatId, { before: 41, limit: 40 }));
  assert.deepEqual(again.messages, messages);
});

for (const [what, changes, shown] of [
  ["edited", (server, chat, { seq }) => server.chats.edit(chat, seq, { text: "as edited" }), "as edited"],
  ["retracted", (server, chat, { seq, sender }) => server.chats.retract(chat, seq, sender), "retracted"],
  ["hidden", (server, chat, { seq, reader }) => server.chats.hide(chat, reader, [seq]), "void"],
] as const satisfies readonly (readonly [
  string,
  (server: ModelServer, chat: ModelChat, of: { seq: number; sender: string; reader: string }) => void,
  string,
])[]) {
  test(`[N2] an entry that was ${what} before it was told, to a process that died since, is told as it is`, async () => {
    const { time, server, ann, ben, chatId, chat } = await twoPeople();
    server.write(chatId, ben.userId, "first");
    await time.until(() => ann.client.chat(chatId)?.head === 1, "there");
    server.write(chatId, ben.userId, "as written", { silently: true });
    const asWritten = structuredClone(chat.log[1]);
    changes(server, chat, { seq: 2, sender: ben.userId, reader: ann.userId });
    await time.pass(100);
    assert.equal(ann.client.chat(chatId)?.head, 1);
    await ann.client.stop();
    atPull(server, ann.userId, (answer) => {
      server.push(ann.userId, "message.new", { chatId, ...asWritten });
      return answer();
    });
    const { client, screen } = clientOf(server, { storage: ann.storage, random: seededRandom(3) });
    void client.start();
    await time.until(() => screen.all("synced").length > 0, "synced");
    await time.pass(10_000);
    assert.deepEqual(screen.texts(chatId), [shown]);
    assert.equal(client.chat(chatId)?.unread, what === "edited" ? 2 : 1);
    assert.deepEqual(
      client.chat(chatId)?.last,
      what === "hidden" ? chat.log[0] : server.chats.seen(chat, ann.userId)[1],
    );
    await client.stop();
    assert.equal(JSON.stringify(await ann.storage.all("messages")).includes("as written"), false);
  });

  test(`[N2] an entry that was ${what} before it was told is so for whoever goes on from the cache, too`, async () => {
    const { time, server, ann, ben, chatId, chat, settle } = await twoPeople();
    server.write(chatId, ben.userId, "as written", { silently: true });
    const asWritten = structuredClone(chat.log[0]);
    changes(server, chat, { seq: 1, sender: ben.userId, reader: ann.userId });
    await time.pass(100);
    await ann.client.stop();
    // This one hears the entry, caches it, and ends before its pull is answered.
    server.fate = ({ method, userId }) => {
      if (userId !== ann.userId) return undefined;
      if (method === "sync.pull") server.push(ann.userId, "message.new", { chatId, ...asWritten });
      return "late";
    };
    const second = clientOf(server, { storage: ann.storage, random: seededRandom(3) });
    void second.client.start();
    await time.until(() => second.screen.texts(chatId).length > 0, "pushed");
    await time.pass(100);
    await second.client.stop();
    server.fate = () => undefined;
    const third = clientOf(server, { storage: ann.storage, random: seededRandom(4) });
    void third.client.start();
    await time.pass(10_000);
    const { messages } = await settle(third.client.history(chatId, { limit: 10 }));
    assert.deepEqual(kindsOf(messages), [shown]);
    await third.client.stop();
    assert.equal(JSON.stringify(await ann.storage.all("messages")).includes("as written"), false);
  });
}

test("[N2] [S8] who is removed while a pull is on its way is no member again by a page that was read before", async () => {
  const { time, server, ann, ben, chatId, chat } = await twoPeople("group");
  const pulls = () =>
    server.asked.filter(({ userId, method }) => userId === ann.userId && method === "sync.pull").length;
  server.write(chatId, ben.userId, "while ann was away", { silently: true });
  atPull(server, ann.userId, (answer) => {
    const page = answer();
    assert.match(JSON.stringify(page), /while ann was away/);
    const clientId = "01900000-0000-7000-8000-00000000ffff";
    server.chats.system(chat, ben.userId, clientId, { event: "removed", userId: ann.userId }, time.now());
    return page;
  });
  const before = pulls();
  server.cut();
  await time.until(() => pulls() > before, "asked");
  await time.pass(10_000);
  assert.equal(ann.client.chat(chatId), undefined);
  assert.equal(pulls(), before + 1, "and nothing was asked for again");
});

test("[N2] [S8] who was removed is no member again by what was said of the chat before, and comes after it", async () => {
  const { time, server, ann, ben, chatId, chat } = await twoPeople("group");
  server.write(chatId, ben.userId, "kept");
  await time.until(() => ann.client.chat(chatId)?.head === 1, "there");
  const before = server.chats.view(chat, ann.userId);
  server.system(chatId, ben.userId, { event: "removed", userId: ann.userId });
  await time.until(() => ann.client.chat(chatId) === undefined, "removed");
  server.push(ann.userId, "chat.changed", { chat: before });
  await time.pass(10_000);
  assert.equal(ann.client.chat(chatId), undefined);
  server.system(chatId, ben.userId, { event: "added", userId: ann.userId });
  await time.until(() => ann.client.chat(chatId) !== undefined, "added");
});

test("[N2] a notice that comes before its entry counts when the entry comes", async () => {
  const { time, server, ann, ben, chatId, chat } = await twoPeople();
  server.write(chatId, ben.userId, "first");
  await time.until(() => ann.client.chat(chatId)?.head === 1, "first");
  // What a node pushes late was read before it was changed.
  for (const text of ["second", "third", "fourth"]) server.write(chatId, ben.userId, text, { silently: true });
  const late = chat.log.slice(1);
  server.chats.retract(chat, 2, ben.userId);
  server.chats.hide(chat, ann.userId, [3]);
  server.chats.edit(chat, 4, { text: "fourth edited" });
  for (const message of late) server.push(ann.userId, "message.new", { chatId, ...message });
  await time.until(() => ann.screen.texts(chatId).at(-1) === "fourth edited", "told");
  assert.deepEqual(ann.screen.texts(chatId), ["first", "retracted", "void", "fourth edited"]);
  assert.equal(ann.client.chat(chatId)?.unread, 2);
});

test("[N3] [MSG-9] edits of what is cached are fetched together; what is not cached is not fetched", async () => {
  const { time, server, ann, ben, chatId, chat } = await twoPeople();
  for (let i = 1; i <= 300; i++) server.write(chatId, ben.userId, `m${i}`, { silently: true });
  server.cut();
  await time.until(() => ann.client.chat(chatId)?.head === 300, "synced");
  const asked = () =>
    server.asked.flatMap(({ method, params, userId }) =>
      method === "message.get" && userId === ann.userId ? [(params as Params<"message.get">).seqs] : [],
    );
  server.chats.edit(chat, 3, { text: "far away" });
  for (let seq = 295; seq <= 300; seq++) server.chats.edit(chat, seq, { text: `m${seq} edited` });
  await time.until(() => ann.screen.texts(chatId).at(-1) === "m300 edited", "edited");
  assert.deepEqual(ann.screen.texts(chatId).slice(-7), [
    "m294",
    ...[5, 6, 7, 8, 9].map((n) => `m29${n} edited`),
    "m300 edited",
  ]);
  assert.ok(asked().length <= 2, `${asked().length} requests`);
  assert.ok(
    asked()
      .flat()
      .every((seq) => seq >= 295),
  );
  assert.equal(ann.client.chat(chatId)?.last?.kind === "text" && ann.client.chat(chatId)?.last?.seq, 300);
});

test("[N3] [MSG-9] an edit that a crash kept from being fetched is fetched by the next start", async () => {
  const { time, server, ann, ben, chatId, chat, settle } = await twoPeople();
  server.write(chatId, ben.userId, "draft");
  await time.until(() => ann.client.chat(chatId)?.head === 1, "there");
  server.fate = ({ method }) => (method === "message.get" ? "lose" : undefined);
  server.chats.edit(chat, 1, { text: "final" });
  await time.until(() => server.count("message.get") > 0, "asked");
  const cursor = await ann.storage.get("meta", "cursor");
  assert.equal((cursor as { pos: string }).pos, String(server.chats.inboxes.get(ann.userId)?.length));
  // Nothing of the old process runs again.
  server.cut();
  server.fate = () => undefined;
  const { client } = clientOf(server, { storage: ann.storage, random: seededRandom(3) });
  void client.start();
  await time.until(() => client.state.name === "online", "online");
  await time.until(() => JSON.stringify(client.chat(chatId)?.last).includes("final"), "fetched");
  assert.deepEqual(kindsOf((await settle(client.history(chatId, { limit: 5 }))).messages), ["final"]);
});

test("[N3] [MSG-9] an older version never wins over a newer one", async () => {
  const { time, server, ann, ben, chatId, chat } = await twoPeople();
  server.write(chatId, ben.userId, "v0");
  await time.until(() => ann.client.chat(chatId)?.head === 1, "there");
  server.chats.edit(chat, 1, { text: "v1" });
  server.chats.edit(chat, 1, { text: "v2" });
  await time.until(() => ann.screen.texts(chatId)[0] === "v2", "newest");
  const asked = server.count("message.get");
  server.push(ann.userId, "inbox.new", { pos: "x", notice: { kind: "edit", chatId, seq: 1, version: 1 } });
  server.write(chatId, ben.userId, "after");
  await time.until(() => ann.client.chat(chatId)?.head === 2, "later");
  assert.deepEqual(ann.screen.texts(chatId), ["v2", "after"]);
  assert.equal(server.count("message.get"), asked);
});

test("[N4] [MSG-15] what was hidden is void on every device of the user, and the list shows what was before", async () => {
  const { time, server, ann, ben, chatId, chat, settle } = await twoPeople();
  for (const text of ["one", "two", "three"]) server.write(chatId, ben.userId, text);
  await time.until(() => [ann, ben].every(({ client }) => client.chat(chatId)?.head === 3), "there");
  await settle(ann.client.request("message.hide", { chatId, seqs: [2, 3] }));
  await time.until(() => ann.client.chat(chatId)?.last?.seq === 1, "hidden");
  assert.deepEqual(ann.screen.texts(chatId), ["one", "void", "void"]);
  assert.equal(ann.client.chat(chatId)?.unread, 1);
  assert.deepEqual(kindsOf((await settle(ann.client.history(chatId, { limit: 5 }))).messages), ["one", "void", "void"]);
  assert.deepEqual(ben.screen.texts(chatId), ["one", "two", "three"]);
  assert.equal(chat.log[1]?.kind, "text");
});

test("[N4] [MSG-15] what the list shows instead of a hidden line is looked for until it is found, and nothing waits for it", async () => {
  const { time, server, ann, ben, chatId, chat } = await twoPeople();
  const otherId = server.id();
  server.chats.make(otherId, "group", [ann.userId, ben.userId]);
  const other = server.chats.chats.get(otherId);
  assert.ok(other);
  for (const id of [chatId, otherId]) server.write(id, ben.userId, "first", { silently: true });
  server.cut();
  await time.until(() => [chatId, otherId].every((id) => ann.client.chat(id)?.head === 1), "there");
  let refusals = 3;
  server.fate = ({ method, userId }) => {
    if (userId !== ann.userId || method !== "message.history" || refusals === 0) return undefined;
    refusals -= 1;
    server.chats.edit(other, 1, { text: `edited, ${refusals} left` });
    return new ReplyError("OVERLOADED", { retryAfterMs: 100 });
  };
  server.chats.hide(chat, ann.userId, [1]);
  await time.until(() => ann.client.chat(chatId)?.last === null, "found");
  await time.until(() => ann.screen.texts(otherId)[0] === "edited, 0 left", "edited");
});

test("[N4] [MSG-15] [MSG-8] what was hidden or retracted right before a crash is not shown after it", async () => {
  const { time, server, ann, ben, chatId, chat } = await twoPeople();
  for (const text of ["one", "two", "three"]) server.write(chatId, ben.userId, text);
  await time.until(() => ann.client.chat(chatId)?.head === 3, "there");
  await ann.client.stop();
  // The process dies with the write of the cursor that is past the notices.
  let dies = false;
  let isDead = false;
  const storage: ClientStorage = {
    ...ann.storage,
    async write(changes) {
      if (isDead) return new Promise(() => {});
      await ann.storage.write(changes);
      isDead = dies && changes.some(({ table, key }) => table === "meta" && key === "cursor");
    },
  };
  const dying = clientOf(server, { storage, random: seededRandom(3) });
  void dying.client.start();
  await time.until(() => dying.screen.all("synced").length > 0, "online");
  dies = true;
  server.chats.hide(chat, ann.userId, [3]);
  server.chats.retract(chat, 2, ben.userId);
  await time.until(() => isDead, "dead");
  server.cut();
  const { client } = clientOf(server, { storage: ann.storage, random: seededRandom(4) });
  void client.start();
  await time.until(() => client.chat(chatId)?.last?.kind === "retracted", "corrected");
  await time.until(() => client.chat(chatId)?.unread === 1, "counted");
});

test("[N5] [CHAT-8] system entries change the chat without another request", async () => {
  const { time, server, ann, ben, chatId } = await twoPeople("group");
  const asked = server.asked.length;
  const me = ann.userId;
  server.system(chatId, ben.userId, { event: "changed", name: "Tea", description: "of the day", slowModeMs: 5_000 });
  server.system(chatId, ben.userId, { event: "role", userId: me, role: "admin" });
  server.system(chatId, ben.userId, { event: "muted", userId: me, untilMs: 99 });
  server.system(chatId, ben.userId, { event: "added", userId: server.id() });
  server.write(chatId, ben.userId, "to be pinned");
  server.system(chatId, ben.userId, { event: "pinned", seq: 5, on: true });
  server.system(chatId, ben.userId, { event: "pinned", seq: 1, on: true });
  server.system(chatId, ben.userId, { event: "transferred", userId: me });
  await time.until(() => ann.client.chat(chatId)?.head === 8, "told");
  const chat = server.chats.chats.get(chatId);
  assert.ok(chat);
  assert.deepEqual(ann.client.chat(chatId)?.chat, server.chats.view(chat, me));
  assert.deepEqual(ann.client.chat(chatId)?.pins, [1, 5]);
  assert.equal(ann.screen.chats.get(chatId)?.chat.name, "Tea");
  server.system(chatId, ben.userId, { event: "muted", userId: me, untilMs: 0 });
  server.system(chatId, ben.userId, { event: "pinned", seq: 1, on: false });
  await time.until(() => ann.client.chat(chatId)?.head === 10, "told");
  assert.deepEqual(ann.client.chat(chatId)?.chat, server.chats.view(chat, me));
  assert.deepEqual(ann.client.chat(chatId)?.pins, [5]);
  const others = server.asked.slice(asked).filter(({ method }) => method !== "message.markDelivered");
  assert.deepEqual(others, []);
  server.system(chatId, ben.userId, { event: "deleted" });
  await time.until(() => ann.client.chat(chatId) === undefined, "gone");
});

test("[N6] [MSG-10] unread mentions are counted, and read with the rest", async () => {
  const { time, server, ann, ben, chatId, chat, settle } = await twoPeople("group");
  server.write(chatId, ben.userId, "nobody");
  server.write(chatId, ben.userId, "you", { more: { mentions: [ann.userId] } });
  server.write(chatId, ben.userId, "somebody else", { more: { mentions: [ben.userId] } });
  server.write(chatId, ben.userId, "all", { more: { mentionAll: true } });
  await time.until(() => ann.client.chat(chatId)?.head === 4, "there");
  assert.deepEqual([ann.client.chat(chatId)?.unread, ann.client.chat(chatId)?.mentions], [4, 2]);
  await ann.client.stop();
  const { client } = clientOf(server, { storage: ann.storage, random: seededRandom(3) });
  await settle(client.start());
  assert.equal(client.chat(chatId)?.mentions, 2);
  await time.until(() => client.state.name === "online", "online");
  server.chats.retract(chat, 2, ben.userId);
  await time.until(() => client.chat(chatId)?.mentions === 1, "corrected");
  client.markRead(chatId, 4);
  assert.deepEqual([client.chat(chatId)?.unread, client.chat(chatId)?.mentions], [0, 0]);
});

test("[N7] [S9] in another epoch no notice of the old one counts", async () => {
  const { time, server, ann, ben, chatId, chat } = await twoPeople();
  for (const text of ["kept", "retracted then"]) server.write(chatId, ben.userId, text);
  await time.until(() => ann.client.chat(chatId)?.head === 2, "there");
  server.chats.retract(chat, 2, ben.userId);
  await time.until(() => ann.screen.texts(chatId)[1] === "retracted", "retracted");
  chat.log.length = 1;
  server.chats.inboxes.set(ann.userId, []);
  server.chats.epoch = "e2";
  server.write(chatId, ben.userId, "another one", { silently: true });
  server.cut();
  await time.until(() => ann.screen.texts(chatId)[1] === "another one", "the new log");
  assert.deepEqual(ann.screen.texts(chatId), ["kept", "another one"]);
});

test("[N7] [S9] what came live before a new epoch, while a pull was on its way, was lost with the old one", async () => {
  const { time, server, ann, ben, chatId, chat } = await twoPeople();
  server.write(chatId, ben.userId, "kept");
  await time.until(() => ann.client.chat(chatId)?.head === 1, "there");
  loseHideDuringPull(server, chat, ann.userId);
  server.cut();
  await time.until(() => server.chats.epoch === "e2" && ann.screen.all("reset").length > 0, "another epoch");
  await time.pass(10_000);
  assert.deepEqual(ann.screen.texts(chatId), ["kept"]);
  assert.equal(ann.client.chat(chatId)?.unread, 1);
});

test("[N7] [S9] and so for the first pull of a new device", async () => {
  const { time, server, ann, ben, chatId, chat, settle } = await twoPeople();
  server.write(chatId, ben.userId, "kept");
  await time.until(() => ann.client.chat(chatId)?.head === 1, "there");
  await ann.client.stop();
  loseHideDuringPull(server, chat, ann.userId);
  const { client, screen } = clientOf(server, { random: seededRandom(3) });
  await settle(client.start());
  await settle(client.signIn({ handle: ann.handle, password: PASSWORD }));
  await time.pass(10_000);
  assert.equal(server.chats.epoch, "e2");
  assert.deepEqual(screen.texts(chatId), ["kept"]);
});

test("[S9] a new device whose first pull was read before a new epoch pulls once more at once", async () => {
  const { time, server, ann, ben, chatId, chat, settle } = await twoPeople();
  for (const text of ["kept", "lost"]) server.write(chatId, ben.userId, text);
  await time.until(() => ann.client.chat(chatId)?.head === 2, "there");
  await ann.client.stop();
  atPull(server, ann.userId, (answer) => {
    const page = answer();
    chat.log.length = 1;
    server.chats.epoch = "e2";
    server.push(ann.userId, "sync.reset", { epoch: "e2" });
    return page;
  });
  const { client, screen } = clientOf(server, { random: seededRandom(3) });
  await settle(client.start());
  await settle(client.signIn({ handle: ann.handle, password: PASSWORD }));
  await time.pass(10_000);
  assert.deepEqual(screen.texts(chatId), ["kept"]);
});

test("[S3] [S9] what comes live while the newest entries of a new epoch are on their way is not lost to them", async () => {
  const { time, server, ann, ben, chatId, chat } = await twoPeople();
  for (const text of ["kept", "lost"]) server.write(chatId, ben.userId, text);
  await time.until(() => ann.client.chat(chatId)?.head === 2, "there");
  chat.log.length = 1;
  server.chats.inboxes.set(ann.userId, []);
  server.chats.epoch = "e2";
  server.lie = ({ method, userId, params }) => {
    const link = [...server.links].find(({ session }) => session?.userId === ann.userId);
    if (method !== "message.history" || userId !== ann.userId || link === undefined) return undefined;
    server.lie = () => undefined;
    const page = server.answer(link, method, params);
    server.write(chatId, ben.userId, "live");
    return page;
  };
  server.cut();
  await time.until(() => ann.screen.texts(chatId).includes("live"), "told live");
  await time.pass(10_000);
  assert.deepEqual(ann.screen.texts(chatId), ["kept", "live"]);
  assert.equal(ann.client.chat(chatId)?.head, 2);
});

test("[N8] [MSG-13] a message vanishes by this client's own clock, from the cache too", async () => {
  const { time, server, ann, ben, chatId, settle } = await twoPeople();
  server.system(chatId, ben.userId, { event: "changed", disappearMs: 60_000 });
  server.write(chatId, ben.userId, "soon gone");
  await time.until(() => ann.client.chat(chatId)?.head === 2, "there");
  void ann.client.send(chatId, { kind: "text", body: { text: "mine too" } });
  await time.until(() => ann.client.chat(chatId)?.head === 3, "sent");
  const fetches = fetchesOf(server, ann.userId);
  await time.pass(59_000);
  assert.deepEqual(ann.screen.texts(chatId), ["system", "soon gone", "mine too"]);
  await time.pass(2_000);
  assert.deepEqual(ann.screen.texts(chatId), ["system", "retracted", "retracted"]);
  assert.equal(ann.client.chat(chatId)?.unread, 0);
  assert.equal(ann.client.chat(chatId)?.last?.kind, "retracted");
  assert.deepEqual(kindsOf((await settle(ann.client.history(chatId, { limit: 5 }))).messages), [
    "system",
    "retracted",
    "retracted",
  ]);
  assert.equal(fetchesOf(server, ann.userId), fetches);
  assert.ok(!JSON.stringify(await ann.storage.all("messages")).includes("soon gone"));
});

test("[N12] [MSG-4] what was sent by a process that died, and changed since, is shown as it is now", async () => {
  const { time, server, ann, ben, chatId, chat } = await twoPeople();
  server.write(chatId, ben.userId, "earlier");
  await time.until(() => ann.client.chat(chatId)?.head === 1, "earlier");
  server.fate = ({ method }) => (method === "message.send" ? "loseReply" : undefined);
  server.losesPush = () => true;
  void ann.client.send(chatId, { kind: "text", body: { text: "as written" } });
  await time.until(() => chat.log.length === 2, "stored");
  server.chats.hide(chat, ann.userId, [2]);
  // The notice was heard, and nothing of this process runs again.
  const cursor = { pos: String(server.chats.inboxes.get(ann.userId)?.length), epoch: server.chats.epoch };
  server.cut();
  await ann.client.stop();
  await ann.storage.write([{ table: "meta", key: "cursor", value: cursor }]);
  server.fate = ({ method }) => (method === "sync.pull" ? "lose" : undefined);
  const { client, screen } = clientOf(server, { storage: ann.storage, random: seededRandom(3) });
  void client.start();
  await time.until(() => client.outbox.length === 0 && client.chat(chatId)?.head === 2, "acknowledged");
  assert.deepEqual(screen.texts(chatId), ["void"]);
  assert.ok(!JSON.stringify(await ann.storage.all("chats")).includes("as written"));
});

test("[N8] [MSG-13] what vanished while the device was off is gone before the network answers", async () => {
  const { time, server, ann, ben, chatId, settle } = await twoPeople();
  server.system(chatId, ben.userId, { event: "changed", disappearMs: 60_000 });
  server.write(chatId, ben.userId, "soon gone");
  await time.until(() => ann.client.chat(chatId)?.head === 2, "there");
  await ann.client.stop();
  server.down = true;
  await time.pass(3600_000);
  const { client } = clientOf(server, { storage: ann.storage, random: seededRandom(3) });
  await settle(client.start());
  await time.until(() => client.chat(chatId)?.last?.kind === "retracted", "gone");
  await client.stop();
  assert.ok(!JSON.stringify(await ann.storage.all("messages")).includes("soon gone"));
});
