import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryStorage } from "../src/client/storage.ts";
import { ReplyError } from "../src/errors.ts";
import type { Params } from "../src/requests.ts";
import { ModelServer } from "./client-model-server.ts";
import { clientOf, person } from "./client-person.ts";
import { seededRandom, VirtualTime } from "./client-virtual-time.ts";

async function pair() {
  const time = new VirtualTime();
  const server = new ModelServer(time);
  const [ann, ben] = [await person(server), await person(server)];
  let chatId = "";
  void ann.client.request("chat.openDirect", { userId: ben.userId }).then(({ chat }) => {
    chatId = chat.chatId;
  });
  await time.until(() => chatId !== "" && ben.client.chat(chatId) !== undefined, "chat");
  const log = () =>
    (server.chats.chats.get(chatId)?.log ?? []).map((entry) => entry.kind === "text" && entry.body.text);
  const sends = () =>
    server.asked
      .filter(({ method }) => method === "message.send")
      .map(({ params }) => params as Params<"message.send">);
  return { time, server, ann, ben, chatId, log, sends };
}

test("[MSG-4] one unacknowledged send per chat, in the order of writing", async () => {
  const { time, ann, ben, chatId, log, server } = await pair();
  let held = 0;
  let most = 0;
  server.fate = ({ method }) => {
    if (method === "message.send") most = Math.max(most, ++held);
    return undefined;
  };
  ann.client.on("outbox", ({ state }) => {
    if (state === "sent") held--;
  });
  const texts = Array.from({ length: 20 }, (_, i) => `m${i}`);
  for (const text of texts) void ann.client.send(chatId, { kind: "text", body: { text } });
  await time.until(() => log().length === 20, "all there");
  assert.deepEqual(log(), texts);
  assert.equal(most, 1);
  await time.until(() => ben.screen.texts(chatId).length === 20, "received");
  assert.deepEqual(ben.screen.texts(chatId), texts);
  assert.deepEqual(ann.screen.texts(chatId), texts);
  await time.until(() => ann.client.outbox.length === 0, "acknowledged");
});

test("[MSG-4] [S2] with 30 % of requests and replies lost and connections cut, everything arrives once and in order", async () => {
  const { time, server, ann, ben, chatId, log, sends } = await pair();
  const lots = seededRandom(11);
  server.fate = ({ method }) => {
    const lot = lots.fraction();
    if (lot < 0.05) time.after(0, () => server.cut());
    if (!method.startsWith("message.")) return undefined;
    return lot < 0.3 ? "lose" : lot < 0.6 ? "loseReply" : undefined;
  };
  const texts = Array.from({ length: 40 }, (_, i) => `m${i}`);
  for (const text of texts) void ann.client.send(chatId, { kind: "text", body: { text } });
  await time.until(() => ann.client.outbox.length === 0, "acknowledged", 3_600_000);
  server.fate = () => undefined;
  await time.until(() => ben.screen.texts(chatId).length === 40, "received", 3_600_000);
  assert.deepEqual(log(), texts);
  assert.deepEqual(ben.screen.texts(chatId), texts);
  assert.ok(sends().length > 40);
  const ids = new Map(sends().map(({ clientId, body }) => [clientId, "text" in body && body.text]));
  assert.equal(ids.size, 40);
});

test("[MSG-12] only an answer that will not change makes a message failed; retry keeps its id", async () => {
  const { time, server, ann, chatId, log, sends } = await pair();
  server.fate = ({ method }) => (method === "message.send" ? new ReplyError("FORBIDDEN") : undefined);
  void ann.client.send(chatId, { kind: "text", body: { text: "no" } });
  await time.until(() => ann.client.outbox[0]?.state.name === "failed", "failed");
  const [entry] = ann.client.outbox;
  assert.deepEqual(entry?.state, { name: "failed", why: "FORBIDDEN" });
  server.fate = ({ method }) =>
    method === "message.send" ? new ReplyError("OVERLOADED", { retryAfterMs: 3_000 }) : undefined;
  void ann.client.retry(entry?.clientId ?? "");
  await time.pass(60_000);
  assert.equal(ann.client.outbox[0]?.state.name, "sending");
  assert.ok(sends().length < 30, "waits as told");
  server.fate = () => undefined;
  await time.until(() => log().length === 1, "sent at last");
  assert.deepEqual(new Set(sends().map(({ clientId }) => clientId)).size, 1);
});

test("[MSG-12] a failed message does not hold up the next, and can be given up", async () => {
  const { time, server, ann, chatId, log } = await pair();
  server.fate = ({ method, params }) =>
    method === "message.send" && (params as { body: { text: string } }).body.text === "bad"
      ? new ReplyError("TEXT_EMPTY")
      : undefined;
  void ann.client.send(chatId, { kind: "text", body: { text: "bad" } });
  void ann.client.send(chatId, { kind: "text", body: { text: "good" } });
  await time.until(() => log().length === 1, "good arrived");
  const [bad] = ann.client.outbox;
  void ann.client.discard(bad?.clientId ?? "");
  await time.until(() => ann.client.outbox.length === 0, "given up");
  const discarded = { state: "discarded", clientId: bad?.clientId, chatId };
  assert.deepEqual(
    ann.screen.all("outbox").find(({ state }) => state === "discarded"),
    discarded,
  );
  assert.deepEqual(log(), ["good"]);
});

test("[S2] an expired id is looked for in the history before it counts as failed", async () => {
  const { time, server, ann, chatId, log } = await pair();
  let expired = false;
  server.fate = ({ method }) => {
    if (method !== "message.send") return undefined;
    if (expired) return new ReplyError("CLIENT_ID_EXPIRED");
    expired = true;
    return "loseReply";
  };
  void ann.client.send(chatId, { kind: "text", body: { text: "stored long ago" } });
  await time.until(() => ann.client.outbox.length === 0, "found");
  assert.deepEqual(log(), ["stored long ago"]);
  assert.equal(ann.screen.all("outbox").at(-1)?.state, "sent");

  void ann.client.send(chatId, { kind: "text", body: { text: "never stored" } });
  await time.until(() => ann.client.outbox[0]?.state.name === "failed", "failed");
  const [entry] = ann.client.outbox;
  server.fate = () => undefined;
  void ann.client.retry(entry?.clientId ?? "");
  await time.until(() => log().length === 2, "sent under a new id");
  assert.deepEqual(log(), ["stored long ago", "never stored"]);
});

test("[MSG-4] what was written offline survives a crash and goes out once", async () => {
  const { time, server, ann, chatId, log } = await pair();
  server.fate = ({ method }) => (method === "message.send" ? "loseReply" : undefined);
  void ann.client.send(chatId, { kind: "text", body: { text: "first" } });
  void ann.client.send(chatId, { kind: "text", body: { text: "second" } });
  await time.until(() => log().length === 1, "stored");
  // A crash: nothing of the old client runs again, its storage is all there is.
  server.cut();
  const { client, screen } = clientOf(server, { storage: ann.storage, random: seededRandom(5) });
  server.fate = () => undefined;
  void client.start();
  await time.until(() => log().length === 2 && client.outbox.length === 0, "all sent");
  assert.deepEqual(log(), ["first", "second"]);
  assert.deepEqual(
    screen.all("loaded")[0]?.outbox.map(({ content }) => content),
    ["first", "second"].map((text) => ({ kind: "text", body: { text } })),
  );
});

test("ids are UUIDs of version 7 from the server's time, whatever the local clock says", async () => {
  const { time, server, ben, sends } = await pair();
  const after = (ms: number, job: () => void) => time.after(ms, job);
  const clock = { now: () => 5_000_000, monotonic: () => time.monotonic(), after };
  const cas = await person(server, { clock });
  let sent = false;
  void cas.client.request("chat.openDirect", { userId: ben.userId }).then(async ({ chat }) => {
    await cas.client.send(chat.chatId, { kind: "text", body: { text: "x" } });
    sent = true;
  });
  await time.until(() => sent && sends().length === 1, "sent");
  const id = sends()[0]?.clientId ?? "";
  assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.ok(Math.abs(Number.parseInt(id.replaceAll("-", "").slice(0, 12), 16) - time.now()) < 1_000);
});

test("[S9] own messages of a day that a new epoch lost go out again, in order, with their ids", async () => {
  const { time, server, ann, ben, chatId, log } = await pair();
  for (const text of ["kept", "lost 1", "lost 2"]) void ann.client.send(chatId, { kind: "text", body: { text } });
  await time.until(() => log().length === 3 && ann.client.outbox.length === 0, "sent");
  const chat = server.chats.chats.get(chatId);
  if (chat) chat.log = chat.log.slice(0, 1);
  server.chats.epoch = "e2";
  server.write(chatId, ben.userId, "written since", { silently: true });
  for (const { userId } of [ann, ben]) server.push(userId, "sync.reset", { epoch: "e2" });
  await time.until(() => log().length === 4, "sent again");
  assert.deepEqual(log(), ["kept", "written since", "lost 1", "lost 2"]);
  await time.until(() => ben.screen.texts(chatId).length === 4, "ben converges");
  await time.until(() => ann.screen.texts(chatId).length === 4, "ann converges");
  assert.deepEqual(ann.screen.texts(chatId), log());
  assert.deepEqual(ben.screen.texts(chatId), log());
});

test("[S9] own messages that were lost between two pages of one pull go out again", async () => {
  const { time, server, ann, ben, chatId, log } = await pair();
  for (const text of ["kept", "lost"]) void ann.client.send(chatId, { kind: "text", body: { text } });
  await time.until(() => log().length === 2 && ann.client.outbox.length === 0, "sent");
  const other = server.id();
  server.chats.make(other, "group", [ann.userId, ben.userId]);
  server.write(other, ben.userId, "a second page", { silently: true });
  server.write(chatId, ben.userId, "the first page", { silently: true });
  server.pageSize = 1;
  server.lie = ({ method, userId, params }) => {
    if (method !== "sync.pull" || userId !== ann.userId || !("after" in (params as object))) return undefined;
    server.lie = () => undefined;
    server.chats.chats.get(chatId)?.log.splice(1);
    server.chats.epoch = "e2";
    server.push(ann.userId, "sync.reset", { epoch: "e2" });
    return undefined;
  };
  server.cut();
  await time.until(() => server.chats.epoch === "e2", "another epoch");
  await time.until(() => log().length === 2, "sent again");
  assert.deepEqual(log(), ["kept", "lost"]);
});

test("[S2] [S9] an own message that a new epoch has elsewhere is told at its new place, and not sent again", async () => {
  const { time, server, ann, chatId, log, sends } = await pair();
  const told: { seq: number; sentAt: number }[] = [];
  ann.client.on("outbox", (about) => about.state === "sent" && told.push({ seq: about.seq, sentAt: about.sentAt }));
  for (const text of ["lost", "moved"]) void ann.client.send(chatId, { kind: "text", body: { text } });
  await time.until(() => log().length === 2 && ann.client.outbox.length === 0, "sent");
  const chat = server.chats.chats.get(chatId);
  assert.ok(chat);
  const [, moved] = chat.log;
  assert.ok(moved !== undefined && moved.kind !== "void");
  // What stands there now is an earlier try of the second one.
  chat.log = [{ ...moved, seq: 1, sentAt: moved.sentAt - 700 }];
  server.chats.epoch = "e2";
  const before = sends().length;
  server.push(ann.userId, "sync.reset", { epoch: "e2" });
  await time.until(() => log().length === 2 && ann.client.outbox.length === 0, "the lost one is sent again");
  assert.deepEqual(log(), ["moved", "lost"]);
  assert.equal(sends().length, before + 1);
  assert.deepEqual(told[2], { seq: 1, sentAt: moved.sentAt - 700 });
  assert.deepEqual(
    told.slice(2).map(({ seq }) => seq),
    [1, 2],
  );
});

test("[S9] who is a member again in a new epoch sends again what it lost", async () => {
  const { time, server, ann, chatId, log } = await pair();
  for (const text of ["kept", "lost"]) void ann.client.send(chatId, { kind: "text", body: { text } });
  await time.until(() => log().length === 2 && ann.client.outbox.length === 0, "sent");
  const chat = server.chats.chats.get(chatId);
  assert.ok(chat);
  chat.log = chat.log.slice(0, 1);
  chat.members.delete(ann.userId);
  server.chats.epoch = "e2";
  server.push(ann.userId, "sync.reset", { epoch: "e2" });
  await time.until(() => ann.client.chat(chatId) === undefined, "no member in the new epoch");
  chat.members.set(ann.userId, 0);
  server.chats.notify(ann.userId, { kind: "joined", chatId, seq: 1 });
  await time.until(() => log().length === 2, "sent again");
  assert.deepEqual(log(), ["kept", "lost"]);
});

test("[S6] [S9] how far was read is told again when a new epoch lost it", async () => {
  const { time, server, ann, chatId, ben } = await pair();
  server.write(chatId, ben.userId, "read by ann");
  const read = () => server.chats.read.get(`${ann.userId}:${chatId}`);
  await time.until(() => ann.client.chat(chatId)?.head === 1, "heard");
  ann.client.markRead(chatId, 1);
  await time.until(() => read() === 1, "marked");
  await time.pass(1_000);
  server.chats.read.clear();
  server.chats.epoch = "e2";
  server.push(ann.userId, "sync.reset", { epoch: "e2" });
  await time.until(() => read() === 1, "marked again");
});

test("[S6] [S9] what is left of a chat counts as read when the entry that was marked is lost", async () => {
  const { time, server, ann, chatId, ben } = await pair();
  for (const text of ["kept", "lost"]) server.write(chatId, ben.userId, text);
  const refuses = ({ method, params }: { method: string; params: unknown }) =>
    method === "message.markRead" && (params as Params<"message.markRead">).seq > 1;
  server.fate = (asked) => (refuses(asked) ? new ReplyError("SEQ_OUT_OF_RANGE") : undefined);
  await time.until(() => ann.client.chat(chatId)?.head === 2, "heard");
  ann.client.markRead(chatId, 2);
  const chat = server.chats.chats.get(chatId);
  if (chat) chat.log = chat.log.slice(0, 1);
  server.chats.epoch = "e2";
  server.push(ann.userId, "sync.reset", { epoch: "e2" });
  await time.until(() => server.chats.read.get(`${ann.userId}:${chatId}`) === 1, "marked again");
});

test("a storage that is full keeps nobody from writing", async () => {
  const time = new VirtualTime();
  const server = new ModelServer(time);
  const storage = memoryStorage();
  let full = false;
  const write: typeof storage.write = (changes) => (full ? Promise.reject(new Error("full")) : storage.write(changes));
  const ann = await person(server, { storage: { ...storage, write } });
  const chatId = server.id();
  server.chats.make(chatId, "direct", [ann.userId, server.id()]);
  server.cut();
  await time.until(() => ann.client.chat(chatId) !== undefined, "chat");
  full = true;
  for (const text of ["a", "b"]) void ann.client.send(chatId, { kind: "text", body: { text } });
  await time.until(() => ann.client.outbox.length === 0, "sent");
  await time.pass(60_000);
  assert.equal(server.count("message.send"), 2);
  assert.ok(ann.screen.warnings.some((what) => what.includes("full")));
});

test("[MSG-12] on a storage slower than the network, `sending` is told before `sent`, and nothing is sent twice", async () => {
  const time = new VirtualTime();
  const server = new ModelServer(time);
  const storage = memoryStorage();
  const slowly = <T>(job: () => Promise<T>) =>
    new Promise<T>((resolve, reject) => time.after(50, () => job().then(resolve, reject)));
  const slow: typeof storage = {
    ...storage,
    all: (table) => storage.all(table).then((rows) => slowly(async () => rows)),
    write: (changes) => slowly(() => storage.write(changes)),
  };
  const ann = await person(server, { storage: slow });
  const chatId = server.id();
  server.chats.make(chatId, "direct", [ann.userId, server.id()]);
  server.cut();
  await time.until(() => ann.client.chat(chatId) !== undefined, "chat");
  for (let i = 0; i < 10; i++) {
    void ann.client.send(chatId, { kind: "text", body: { text: `m${i}` } });
    await time.pass(20);
    if (i === 5) server.push(ann.userId, "sync.behind", { chatIds: [] });
  }
  await time.until(() => ann.client.outbox.length === 0, "sent");
  await time.pass(1_000);
  assert.equal(server.count("message.send"), 10);
  const told = new Map<string, string[]>();
  for (const change of ann.screen.all("outbox")) {
    const clientId = "entry" in change ? change.entry.clientId : change.clientId;
    told.set(clientId, [...(told.get(clientId) ?? []), change.state]);
  }
  assert.equal(told.size, 10);
  for (const states of told.values()) assert.deepEqual(states, ["sending", "sent"]);
});
