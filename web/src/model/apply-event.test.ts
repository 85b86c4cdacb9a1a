import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import type { Client, ClientEventName, ClientEvents, ClientState } from "@parley/protocol/client";
import { applyEvent, listen } from "./apply-event.ts";
import { NO_DEVICE, type ShownNotice } from "./notices.ts";
import { Root } from "./root.ts";
import { TestClock } from "./test-clock.ts";
import { BO, CHAT, idOf, LogTalk, ME, outboxEntry, textEntry, viewOf } from "./test-talk.ts";

const shelf = { read: async () => undefined, write: async () => {} };
const quick = { read: () => undefined, write: () => {} };
const SHELVES = { drafts: shelf, cards: shelf, contacts: shelf, pictures: shelf, preferences: quick };

const ONLINE = {
  name: "online",
  protection: { kind: "tls" },
  account: { userId: ME, deviceId: idOf("d"), expiresAt: 0, server: { limits: { textBytes: 1_000 } } },
} as unknown as ClientState;

function rootOf(talk: LogTalk): Root {
  talk.answers.set("user.get", () => ({ users: [] }));
  return new Root(
    talk,
    SHELVES,
    new TestClock(),
    async () => [],
    async () => "",
  );
}

describe("events of the client library", () => {
  let talk: LogTalk;
  let root: Root;

  beforeEach(() => {
    talk = new LogTalk();
    talk.answers.set("chat.receipts", () => ({ receipts: [] }));
    root = rootOf(talk);
  });

  it("[SYNC-5] chats show from the cache before there is any connection", () => {
    applyEvent(root, "state", { name: "loading" });
    assert.equal(root.session.phase, "starting");
    applyEvent(root, "loaded", { chats: [viewOf(3, { unread: 2 })], outbox: [outboxEntry(4, "waits")] });
    assert.equal(root.session.phase, "signedIn");
    assert.deepEqual(
      root.chats.sorted.map(({ title, unread }) => [title, unread]),
      [["Bo Chen", 2]],
    );
    assert.equal(root.chats.waitingToSend, 1);
  });

  it("a state is shown, and limits are learned with it", () => {
    applyEvent(root, "state", ONLINE);
    assert.deepEqual([root.connection.online, root.session.textBytesMax], [true, 1_000]);
    applyEvent(root, "state", { name: "waiting", retryAtMs: 5, why: "lost" });
    assert.deepEqual([root.connection.online, root.connection.retryAtMs, root.connection.protection], [false, 5, null]);
  });

  it("[CLI-9] entries that are told again are no news", async () => {
    const shown: string[] = [];
    let looks = true;
    const device = {
      ...NO_DEVICE,
      permission: () => "granted" as const,
      isLookedAt: async () => looks,
      show: ({ body }: ShownNotice) => void shown.push(body),
    };
    const model = new Root(
      talk,
      SHELVES,
      new TestClock(),
      async () => [],
      async () => "",
      device,
    );
    applyEvent(model, "state", ONLINE);
    applyEvent(model, "chat", viewOf(0));
    const tell = async (seqs: readonly number[], restart: boolean) => {
      applyEvent(model, "messages", {
        chatId: CHAT,
        messages: seqs.map((seq) => textEntry(seq)),
        source: "live",
        restart,
      });
      await Promise.resolve();
      await Promise.resolve();
    };
    await tell([1], false);
    looks = false;
    await tell([1], true);
    assert.deepEqual(shown, []);
    await tell([2], false);
    assert.equal(shown.length, 1);
  });

  it("messages, typing, receipts and presence reach their place", () => {
    applyEvent(root, "state", ONLINE);
    applyEvent(root, "chat", viewOf(0));
    applyEvent(root, "typing", { chatId: CHAT, userId: BO, typing: true });
    applyEvent(root, "typing", { chatId: CHAT, userId: ME, typing: true });
    assert.deepEqual(root.chats.get(CHAT)?.typing.userIds, [BO]);
    applyEvent(root, "receipts", { chatId: CHAT, userId: BO, read: 2, delivered: 3 });
    assert.equal(root.chats.get(CHAT)?.readersOf(2), 1);
    applyEvent(root, "presence", { userId: BO, state: "online" });
    assert.equal(root.people.presence(BO)?.state, "online");
    applyEvent(root, "state", { name: "waiting", retryAtMs: 5, why: "lost" });
    assert.equal(root.people.presence(BO), undefined);
  });

  it("a chat that is gone is left, and its name is told", () => {
    applyEvent(root, "chat", viewOf(1));
    root.ui.openChat(CHAT);
    applyEvent(root, "chatRemoved", { chatId: CHAT });
    assert.deepEqual([root.chats.get(CHAT), root.ui.route.name], [undefined, "home"]);
    assert.deepEqual(root.ui.toast, { kind: "removedFrom", title: "Bo Chen" });
  });

  it("[ACC-7] after a sign-out nothing of the person is left in the models", () => {
    applyEvent(root, "loaded", { chats: [viewOf(3)], outbox: [] });
    root.drafts.set(CHAT, "secret");
    root.ui.openChat(CHAT);
    talk.userId = null;
    applyEvent(root, "state", { name: "signedOut", why: "signedOut", protection: null });
    assert.deepEqual(
      [root.session.phase, root.chats.sorted.length, root.drafts.text(CHAT), root.ui.route.name],
      ["signedOut", 0, "", "home"],
    );
    assert.equal(root.people.card(BO), undefined);
  });

  it("an event of a chat that is not here changes nothing", () => {
    applyEvent(root, "messages", { chatId: CHAT, messages: [textEntry(1)], source: "live", restart: false });
    applyEvent(root, "outbox", { state: "discarded", clientId: "x", chatId: CHAT });
    applyEvent(root, "memberChanged", { chatId: CHAT, userId: BO, change: "left", seq: 1 });
    assert.equal(root.chats.sorted.length, 0);
  });

  it("warnings are kept for a report, a few of them", () => {
    for (let at = 0; at < 100; at += 1) applyEvent(root, "warning", { what: `w${at}` });
    assert.equal(root.connection.warnings.length, 20);
    assert.equal(root.connection.warnings.at(-1), "w99");
  });
});

describe("events of the client library, while somebody writes", () => {
  let root: Root;
  let painted: () => void;
  let tell: <E extends ClientEventName>(event: E, value: ClientEvents[E]) => void;
  const chat = () => root.chats.get(CHAT);
  const live = (seq: number) =>
    tell("messages", { chatId: CHAT, messages: [textEntry(seq)], source: "live", restart: false });

  beforeEach(() => {
    root = rootOf(new LogTalk());
    applyEvent(root, "state", ONLINE);
    applyEvent(root, "chat", viewOf(0));
    const told = new Map<string, (value: never) => void>();
    const client = {
      on: (event: ClientEventName, run: (value: never) => void) => {
        told.set(event, run);
        return () => {};
      },
    } as unknown as Pick<Client, "on">;
    tell = (event, value) => told.get(event)?.(value as never);
    const pace = {
      writing: () => true,
      onPainted: (run: () => void) => {
        painted = run;
      },
    };
    listen(root, client, pace);
  });

  it("what comes with each message shows no message before the letter is painted", () => {
    live(1);
    tell("chat", viewOf(1));
    tell("notice", { kind: "read", chatId: CHAT, seq: 1 });
    tell("receipts", { chatId: CHAT, userId: BO, read: 1, delivered: 1 });
    tell("typing", { chatId: CHAT, userId: BO, typing: true });
    tell("presence", { userId: BO, state: "online" });
    assert.deepEqual([chat()?.timeline.head, chat()?.typing.userIds], [0, []]);
    painted();
    assert.deepEqual([chat()?.timeline.head, chat()?.typing.userIds], [1, [BO]]);
    assert.equal(root.people.presence(BO)?.state, "online");
  });

  it("what somebody here asked for is shown at once, after what came before it", () => {
    live(1);
    const entry = outboxEntry(2, "mine");
    tell("outbox", { state: "sending", entry });
    assert.deepEqual([chat()?.timeline.head, chat()?.pending.length], [1, 1]);
  });
});
