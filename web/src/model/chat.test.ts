import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { Chat } from "./chat.ts";
import { People } from "./people.ts";
import { TestClock } from "./test-clock.ts";
import { BO, CHAT, CHAT_DATA, clientIdOf, idOf, LogTalk, ME, outboxEntry, textEntry, viewOf } from "./test-talk.ts";

const noShelf = { read: async () => undefined, write: async () => {} };

describe("a chat", () => {
  let talk: LogTalk;
  let chat: Chat;
  const texts = () => chat.lines.map((line) => (line.kind === "text" ? line.body.text : line.body.event));
  const delivery = (text: string) => {
    const line = chat.lines.find((one) => one.kind === "text" && one.body.text === text);
    assert.ok(line?.kind === "text");
    return chat.deliveryOf(line);
  };

  beforeEach(() => {
    talk = new LogTalk();
    talk.answers.set("chat.receipts", () => ({ receipts: [] }));
    chat = new Chat(CHAT_DATA, { talk, people: new People(talk, noShelf), clock: new TestClock(), me: () => ME });
  });

  async function opened(count: number, unread = 0): Promise<void> {
    talk.fill(count);
    chat.applyView(viewOf(count, { readSeq: count - unread, unread }));
    await chat.open();
  }

  it("[MSG-12] an own message keeps its key from sending to read", async () => {
    await opened(3);
    chat.applyOutbox({ state: "sending", entry: outboxEntry(4, "mine") });
    assert.equal(delivery("mine"), "sending");
    const { key } = chat.lines.at(-1) ?? {};
    chat.applyOutbox({ state: "sent", clientId: clientIdOf(4), chatId: CHAT, seq: 4, sentAt: 1_004_000 });
    assert.equal(delivery("mine"), "sent");
    chat.applyMessages([textEntry(4, ME, "mine")], false);
    assert.deepEqual(texts(), ["text 1", "text 2", "text 3", "mine"]);
    assert.equal(chat.lines.at(-1)?.key, key);
    chat.applyReceipt(BO, { read: 0, delivered: 4 });
    assert.equal(delivery("mine"), "delivered");
    chat.applyReceipt(BO, { read: 4, delivered: 4 });
    assert.equal(delivery("mine"), "read");
    chat.applyReceipt(BO, { read: 2, delivered: 2 });
    assert.equal(delivery("mine"), "read");
  });

  it("what was read before somebody opens the chat is not read again", async () => {
    talk.fill(100);
    chat.applyView(viewOf(100, { readSeq: 100 }));
    await chat.foresee();
    const reads = () => talk.done.filter((one) => one.startsWith("history"));
    assert.equal(reads().length, 1);
    await chat.open();
    assert.deepEqual([reads().length, texts().at(-1), chat.dividerSeq], [1, "text 100", null]);
  });

  it("opens at what is new also when more has come than is kept while nobody looks", async () => {
    await opened(100);
    chat.close();
    talk.fill(400);
    for (let seq = 101; seq <= 400; seq += 1) chat.applyMessages([textEntry(seq)], false);
    chat.applyView(viewOf(400, { readSeq: 100, unread: 300 }));
    assert.equal(texts().includes("text 101"), false);
    await chat.open();
    assert.deepEqual([chat.dividerSeq, texts().includes("text 101")], [101, true]);
  });

  it("the log may bring a message before the outbox says that it was sent", async () => {
    await opened(3);
    chat.applyOutbox({ state: "sending", entry: outboxEntry(4, "mine") });
    chat.applyMessages([textEntry(4, ME, "mine")], false);
    chat.applyOutbox({ state: "sent", clientId: clientIdOf(4), chatId: CHAT, seq: 4, sentAt: 1_004_000 });
    assert.deepEqual(texts(), ["text 1", "text 2", "text 3", "mine"]);
    assert.equal(chat.pending.length, 0);
  });

  it("a failed message stays until it is sent again or given up", async () => {
    await opened(1);
    const entry = outboxEntry(2, "mine");
    chat.applyOutbox({ state: "sending", entry });
    chat.applyOutbox({ state: "failed", entry: { ...entry, state: { name: "failed", why: "NOT_MEMBER" } } });
    assert.equal(delivery("mine"), "failed");
    await chat.retry(entry.clientId);
    chat.applyOutbox({ state: "sending", entry });
    assert.equal(delivery("mine"), "sending");
    chat.applyOutbox({ state: "discarded", clientId: entry.clientId, chatId: CHAT });
    assert.deepEqual(texts(), ["text 1"]);
  });

  it("[MSG-11] the marker moves forward only, and unread follows it at once", async () => {
    await opened(10, 5);
    assert.equal(chat.dividerSeq, 6);
    chat.markSeen(8);
    assert.deepEqual([chat.readSeq, chat.unread], [8, 2]);
    chat.markSeen(7);
    assert.deepEqual([chat.readSeq, chat.unread], [8, 2]);
    // What the server said before it heard of the marker does not bring the count back.
    chat.applyView(viewOf(10, { readSeq: 5, unread: 5 }));
    assert.deepEqual([chat.readSeq, chat.unread], [8, 2]);
    chat.markSeen(10);
    assert.equal(chat.unread, 0);
    assert.deepEqual(
      talk.done.filter((deed) => deed.startsWith("markRead")),
      ["markRead 8", "markRead 10"],
    );
  });

  it("[MSG-11] in a group the readers are counted, oneself not", () => {
    chat.applyReceipt(BO, { read: 5, delivered: 5 });
    chat.applyReceipt(idOf("d"), { read: 2, delivered: 5 });
    chat.applyReceipt(ME, { read: 9, delivered: 9 });
    assert.deepEqual([chat.readersOf(2), chat.readersOf(5), chat.readersOf(6)], [2, 1, 0]);
  });

  it("what is in the outbox shows while the chat is closed, too", () => {
    chat.applyView(viewOf(2));
    chat.applyOutbox({ state: "sending", entry: outboxEntry(3, "mine") });
    assert.equal(chat.newest?.kind === "text" && chat.newest.body.text, "mine");
  });
});
