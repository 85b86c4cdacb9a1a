import assert from "node:assert/strict";
import { test } from "node:test";
import { ReplyError } from "../src/errors.ts";
import type { Method } from "../src/requests.ts";
import { twoPeople } from "./client-chats.ts";
import type { ModelChat } from "./client-model-chats.ts";
import type { ModelServer } from "./client-model-server.ts";
import { clientOf, PASSWORD } from "./client-person.ts";
import { seededRandom } from "./client-virtual-time.ts";

/** The next answer to this method is that of now, and comes after the store has begun another epoch. */
function answersLate(server: ModelServer, late: Method, loseTail: () => void): void {
  server.fate = ({ method }) => {
    if (method !== late) return undefined;
    server.fate = () => undefined;
    server.time.after(100, loseTail);
    return "late";
  };
}

/** The store lost everything after the first entries, inboxes too, and others are written in its place. */
function newEpoch(server: ModelServer, chat: ModelChat, kept: number, written: () => void = () => {}): void {
  chat.log.length = kept;
  chat.edits.clear();
  server.chats.inboxes.clear();
  server.chats.epoch = "e2";
  written();
  for (const userId of chat.members.keys()) server.push(userId, "sync.reset", { epoch: "e2" });
}

test("[N7] [S9] what fills a gap and was read before a new epoch is not put into its log", async () => {
  const { time, server, ann, ben, chatId, chat } = await twoPeople();
  server.write(chatId, ben.userId, "kept");
  await time.until(() => ann.client.chat(chatId)?.head === 1, "there");
  server.write(chatId, ben.userId, "lost", { silently: true });
  answersLate(server, "message.history", () => {
    newEpoch(server, chat, 1, () => server.write(chatId, ben.userId, "new", { silently: true }));
  });
  server.write(chatId, ben.userId, "lost too");
  await time.until(() => ann.screen.texts(chatId).includes("new"), "the new log");
  await time.pass(10_000);
  assert.deepEqual(ann.screen.texts(chatId), ["kept", "new"]);
  assert.deepEqual(ann.client.chat(chatId)?.last, chat.log[1]);
});

test("[N7] [S9] a page of history that was read before a new epoch is asked for again, and not cached", async () => {
  const { time, server, ann, ben, chatId, chat, settle } = await twoPeople();
  for (let i = 1; i <= 300; i++) server.write(chatId, ben.userId, `m${i}`, { silently: true });
  server.cut();
  await time.until(() => ann.client.chat(chatId)?.head === 300, "synced");
  // Right before those that a client loads in a new epoch.
  const wanted = { before: 101, limit: 40 };
  answersLate(server, "message.history", () => {
    newEpoch(server, chat, 20, () => {
      for (let i = 21; i <= 300; i++) server.write(chatId, ben.userId, `other ${i}`, { silently: true });
    });
  });
  const { messages } = await settle(ann.client.history(chatId, wanted));
  assert.deepEqual(messages, chat.log.slice(60, 100));
  await time.pass(10_000);
  const asked = server.count("message.history");
  assert.deepEqual((await settle(ann.client.history(chatId, wanted))).messages, messages);
  assert.equal(server.count("message.history"), asked);
});

test("[N7] [S9] an edited entry that was read before a new epoch is asked for again", async () => {
  const { time, server, ann, ben, chatId, chat } = await twoPeople();
  server.write(chatId, ben.userId, "written");
  await time.until(() => ann.client.chat(chatId)?.head === 1, "there");
  answersLate(server, "message.get", () => {
    newEpoch(server, chat, 0, () => {
      server.write(chatId, ben.userId, "other", { silently: true });
      server.chats.edit(chat, 1, { text: "other edited" });
    });
  });
  server.chats.edit(chat, 1, { text: "edited" });
  await time.pass(10_000);
  assert.equal(server.chats.epoch, "e2");
  assert.deepEqual(ann.screen.texts(chatId), ["other edited"]);
});

test("[N3] [S9] an edit is not taken for another one of its version, in an epoch that is over", async () => {
  const { time, server, ann, ben, chatId, chat } = await twoPeople();
  server.write(chatId, ben.userId, "written");
  await time.until(() => ann.client.chat(chatId)?.head === 1, "there");
  answersLate(server, "message.get", () => {
    newEpoch(server, chat, 0, () => server.write(chatId, ben.userId, "other", { silently: true }));
    answersLate(server, "message.get", () => server.chats.edit(chat, 1, { text: "other edited" }));
  });
  server.chats.edit(chat, 1, { text: "edited" });
  await time.pass(20_000);
  assert.equal(server.chats.epoch, "e2");
  assert.deepEqual(ann.screen.texts(chatId), ["other edited"]);
});

for (const [method, of] of [
  ["message.send", "a message"],
  ["message.history", "what fills a gap"],
] as const) {
  test(`[S9] a refusal of ${of} by an epoch that is over does not count`, async () => {
    const { time, server, ann, ben, chatId, chat } = await twoPeople("group");
    server.write(chatId, ben.userId, "kept");
    await time.until(() => ann.client.chat(chatId)?.head === 1, "there");
    server.write(chatId, ben.userId, "lost", { silently: true });
    server.lie = (asked) => {
      if (asked.method === method) throw new ReplyError("NOT_MEMBER");
    };
    answersLate(server, method, () => {
      server.lie = () => undefined;
      newEpoch(server, chat, 1);
    });
    if (method === "message.send") void ann.client.send(chatId, { kind: "text", body: { text: "mine" } });
    else server.write(chatId, ben.userId, "lost too");
    await time.pass(20_000);
    assert.equal(server.chats.epoch, "e2");
    assert.deepEqual(ann.screen.texts(chatId), method === "message.send" ? ["kept", "mine"] : ["kept"]);
    assert.deepEqual(ann.client.outbox, []);
  });
}

test("[S9] a server that names another epoch with each method is not asked without end", async () => {
  const { time, server, ann, ben, chatId } = await twoPeople();
  server.write(chatId, ben.userId, "kept");
  await time.until(() => ann.client.chat(chatId)?.head === 1, "there");
  server.write(chatId, ben.userId, "missing", { silently: true });
  server.lie = ({ method, userId, params }) => {
    const link = [...server.links].find(({ session }) => session?.userId === ann.userId);
    if (userId !== ann.userId || link === undefined) return undefined;
    const answer = server.answer(link, method, params);
    if (method === "message.history") return { ...(answer as object), epoch: "another" };
    return method === "sync.pull" ? { ...(answer as object), chats: [] } : undefined;
  };
  const before = server.count("sync.pull");
  server.write(chatId, ben.userId, "pushed");
  await time.pass(10_000);
  assert(server.count("sync.pull") - before < 100);
});

test("[S3] a chat that is made while the first pull is on its way is there soon, push or no push", async () => {
  const { time, server, ann, settle } = await twoPeople();
  const madeId = server.id();
  await ann.client.stop();
  server.lie = ({ method, userId }) => {
    if (method !== "chat.createGroup" || userId === null) return undefined;
    server.chats.make(madeId, "group", [userId]);
    return { chat: server.chats.view(server.chats.chats.get(madeId) ?? assert.fail(), userId) };
  };
  const late = new Set<Method>(["sync.pull", "chat.createGroup"]);
  server.fate = ({ method, userId }) => (userId === ann.userId && late.delete(method) ? "late" : undefined);
  server.losesPush = () => true;
  const { client } = clientOf(server, { random: seededRandom(3) });
  await settle(client.start());
  await settle(client.signIn({ handle: ann.handle, password: PASSWORD }));
  await time.until(() => !late.has("sync.pull"), "pulling");
  await settle(client.request("chat.createGroup", { name: "Made", members: [] }));
  await time.pass(1_000);
  assert.notEqual(client.chat(madeId), undefined);
});

test("[S8] [S9] who was let in in an epoch that is over, while a pull was on its way, is not in", async () => {
  const { time, server, ann, chat } = await twoPeople();
  const lostId = server.id();
  server.lie = ({ method, userId, params }) => {
    const link = [...server.links].find(({ session }) => session?.userId === ann.userId);
    if (method !== "sync.pull" || userId !== ann.userId || link === undefined) return undefined;
    server.lie = () => undefined;
    server.chats.make(lostId, "group", [ann.userId]);
    const made = server.chats.chats.get(lostId) ?? assert.fail();
    server.push(ann.userId, "chat.changed", { chat: server.chats.view(made, ann.userId) });
    server.chats.chats.delete(lostId);
    newEpoch(server, chat, 0);
    return server.answer(link, method, params);
  };
  server.cut();
  await time.until(() => ann.client.chat(lostId) !== undefined, "let in");
  await time.pass(10_000);
  assert.equal(server.chats.epoch, "e2");
  assert.equal(ann.client.chat(lostId), undefined);
});

test("[N9] [S9] what the server has taken in an epoch that is over is wished again", async () => {
  const { time, server, ann, chatId, chat } = await twoPeople();
  answersLate(server, "chat.setPrefs", () => {
    newEpoch(server, chat, 0);
    server.personal.prefs.clear();
  });
  ann.client.setPrefs(chatId, { pinnedAt: 10 });
  await time.pass(10_000);
  assert.equal(server.chats.epoch, "e2");
  assert.deepEqual(
    [...server.personal.prefs.values()].map(({ prefs }) => prefs),
    [{ pinnedAt: 10 }],
  );
  assert.deepEqual(ann.client.chat(chatId)?.prefs, { pinnedAt: 10 });
});

test("[S9] a chat that was made in an epoch that is over is not there", async () => {
  const { time, server, ann, chat, settle } = await twoPeople();
  const lostId = server.id();
  server.lie = ({ method, userId }) => {
    if (method !== "chat.createGroup" || userId === null) return undefined;
    server.chats.make(lostId, "group", [userId]);
    const made = server.chats.chats.get(lostId) ?? assert.fail();
    return { chat: server.chats.view(made, userId) };
  };
  answersLate(server, "chat.createGroup", () => {
    server.chats.chats.delete(lostId);
    newEpoch(server, chat, 0);
  });
  await settle(ann.client.request("chat.createGroup", { name: "Lost", members: [] }));
  await time.pass(10_000);
  assert.equal(ann.client.chat(lostId), undefined);
});

test("[S1] [S9] an acknowledgement that comes after the epoch that lost the message does not count", async () => {
  const { time, server, ann, chatId, chat } = await twoPeople();
  answersLate(server, "message.send", () => newEpoch(server, chat, 0));
  void ann.client.send(chatId, { kind: "text", body: { text: "mine" } });
  await time.until(() => server.chats.epoch === "e2" && chat.log.length === 1, "sent again");
  await time.until(() => ann.client.outbox.length === 0, "acknowledged");
  assert.deepEqual(ann.screen.texts(chatId), ["mine"]);
});
