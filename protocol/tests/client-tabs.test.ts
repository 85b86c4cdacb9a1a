import assert from "node:assert/strict";
import { test } from "node:test";
import type { CachedChat } from "../src/client/replica/cached-chat.ts";
import { type ClientStorage, memoryStorage } from "../src/client/storage.ts";
import type { TabChannel } from "../src/client/tab-channel.ts";
import { ModelServer } from "./client-model-server.ts";
import { clientOf, person } from "./client-person.ts";
import { seededRandom, VirtualTime } from "./client-virtual-time.ts";

/** Tabs of one browser hear each other a moment later, except those that were frozen. */
class Browser {
  readonly #time: VirtualTime;
  readonly #listeners = new Map<TabChannel, (message: unknown) => void>();

  constructor(time: VirtualTime) {
    this.#time = time;
  }

  channel(): TabChannel {
    const channel: TabChannel = {
      post: (message) => {
        const text = JSON.stringify(message);
        for (const [other, heard] of this.#listeners) {
          if (other !== channel) this.#time.after(1, () => heard(JSON.parse(text)));
        }
      },
      listen: (heard) => {
        this.#listeners.set(channel, heard);
        return () => {
          this.#listeners.delete(channel);
        };
      },
    };
    return channel;
  }
}

async function twoTabs() {
  const time = new VirtualTime();
  const server = new ModelServer(time);
  const browser = new Browser(time);
  const first = await person(server, { tabs: browser.channel() });
  const ben = server.id();
  const chatId = server.id();
  server.chats.make(chatId, "direct", [first.userId, ben]);
  server.write(chatId, ben, "hello");
  await time.until(() => first.screen.texts(chatId).length === 1, "first tab knows the chat");
  await time.until(() => cachedTo(first.storage, chatId) === 1, "cached");
  const second = clientOf(server, { storage: first.storage, tabs: browser.channel(), random: seededRandom(9) });
  void second.client.start();
  await time.until(() => second.screen.all("synced").length > 0, "second tab is online");
  const log = () =>
    (server.chats.chats.get(chatId)?.log ?? []).map((entry) => entry.kind === "text" && entry.body.text);
  return { time, server, browser, first, second, chatId, ben, log };
}

const peeked = new WeakMap<ClientStorage, { to: number }>();

/** What the storage says, as of a moment ago. */
function cachedTo(storage: ClientStorage, chatId: string): number {
  const seen = peeked.get(storage) ?? { to: 0 };
  peeked.set(storage, seen);
  void storage.get("chats", chatId).then((chat) => {
    seen.to = (chat as CachedChat | undefined)?.to ?? 0;
  });
  return seen.to;
}

test("two tabs send through one: each message is sent once, and both show it", async () => {
  const { time, server, first, second, chatId, log } = await twoTabs();
  for (let i = 0; i < 5; i++) {
    void first.client.send(chatId, { kind: "text", body: { text: `first ${i}` } });
    void second.client.send(chatId, { kind: "text", body: { text: `second ${i}` } });
  }
  await time.until(() => log().length === 11, "all sent");
  await time.until(() => first.client.outbox.length + second.client.outbox.length === 0, "both know");
  assert.equal(server.count("message.send"), 10);
  for (const tab of [first, second]) {
    assert.equal(tab.screen.all("outbox").filter(({ state }) => state === "sent").length, 10);
    assert.deepEqual(tab.screen.texts(chatId).slice(-10), log().slice(-10));
  }
});

test("a closed tab hands the lease over at once", async () => {
  const { time, server, first, second, chatId, log } = await twoTabs();
  let stopped = false;
  void first.client.stop().then(() => {
    stopped = true;
  });
  await time.until(() => stopped, "stopped", 2_000);
  void second.client.send(chatId, { kind: "text", body: { text: "from the other" } });
  await time.until(() => log().includes("from the other"), "sent", 1_000);
  assert.equal(server.count("message.send"), 1);
});

test("a tab that crashed is followed when its lease lapses: nothing is lost, nothing sent twice, no cursor lost", async () => {
  const time = new VirtualTime();
  const server = new ModelServer(time);
  const browser = new Browser(time);
  let frozen = false;
  const clock = {
    now: () => time.now(),
    monotonic: () => time.monotonic(),
    after: (ms: number, job: () => void) => time.after(ms, () => frozen || job()),
  };
  const first = await person(server, { tabs: browser.channel(), clock });
  const ben = server.id();
  const chatId = server.id();
  server.chats.make(chatId, "direct", [first.userId, ben]);
  server.write(chatId, ben, "hello");
  await time.until(() => cachedTo(first.storage, chatId) === 1, "cached");
  const second = clientOf(server, { storage: first.storage, tabs: browser.channel(), random: seededRandom(9) });
  void second.client.start();
  await time.until(() => second.screen.all("synced").length > 0, "second tab is online");

  // The first tab dies with its socket: what comes now is told to the second tab, and nobody caches it.
  frozen = true;
  [...server.links][0]?.lost(1006);
  await time.pass(10);
  for (const text of ["a", "b", "c"]) server.write(chatId, ben, text);
  void second.client.send(chatId, { kind: "text", body: { text: "mine" } });
  await time.until(() => server.count("message.send") === 1, "adopted", 10_000);
  await time.until(() => cachedTo(first.storage, chatId) === 5, "cached by the second tab", 10_000);
  assert.deepEqual(second.screen.texts(chatId), ["a", "b", "c", "mine"]);

  const third = clientOf(server, { storage: first.storage, tabs: browser.channel(), random: seededRandom(10) });
  server.down = true;
  await third.client.start();
  const { messages } = await third.client.history(chatId, { limit: 10 });
  assert.deepEqual(
    messages.map(({ seq }) => seq),
    [1, 2, 3, 4, 5],
  );
});

test("a page that signs in while the lease of a dead one lasts keeps what it shows, and caches it once it may", async () => {
  const time = new VirtualTime();
  const server = new ModelServer(time);
  const browser = new Browser(time);
  const storage = memoryStorage();
  await storage.write([{ table: "meta", key: "lease", value: { holder: "gone", until: time.now() + 4_000 } }]);
  const ann = await person(server, { tabs: browser.channel(), storage });
  const ben = server.id();
  const chatId = server.id();
  server.chats.make(chatId, "group", [ann.userId, ben]);
  for (const text of ["a", "b", "c"]) server.write(chatId, ben, text);
  await time.until(() => ann.screen.texts(chatId).length === 3, "shown");
  assert.equal(cachedTo(storage, chatId), 0);
  await time.until(() => cachedTo(storage, chatId) === 3, "cached", 10_000);
  await time.pass(1_000);
  assert.deepEqual(ann.screen.all("reset"), []);
  assert.equal(ann.screen.all("messages").filter(({ restart }) => restart).length, 1);
  assert.notEqual(await storage.get("meta", "cursor"), undefined);
});

test("a page that is loaded anew does not wait for the lease that it had before", async () => {
  const time = new VirtualTime();
  const server = new ModelServer(time);
  const browser = new Browser(time);
  const storage = memoryStorage();
  await storage.write([{ table: "meta", key: "lease", value: { holder: "before", until: time.now() + 6_000 } }]);
  const ann = await person(server, { tabs: browser.channel(), storage });
  const ben = server.id();
  const chatId = server.id();
  server.chats.make(chatId, "direct", [ann.userId, ben]);
  server.write(chatId, ben, "hello");
  await time.until(() => ann.client.chat(chatId) !== undefined, "known");
  void ann.client.send(chatId, { kind: "text", body: { text: "at once" } });
  await time.until(() => server.count("message.send") === 1, "sent", 1_500);
  assert.equal(ann.client.leads, true);
});

test("a tab that comes takes nothing from one that is there, and each new one asks for itself", async () => {
  const { time, server, browser, first, second } = await twoTabs();
  const third = clientOf(server, { storage: first.storage, tabs: browser.channel(), random: seededRandom(10) });
  void third.client.start();
  for (let look = 0; look < 200; look += 1) {
    await time.pass(100);
    assert.deepEqual([first.client.leads, second.client.leads, third.client.leads], [true, false, false]);
  }
});

test("signing out in one tab signs out the other", async () => {
  const { time, first, second } = await twoTabs();
  void first.client.signOut();
  await time.until(() => second.client.state.name === "signedOut", "signed out");
  assert.equal(second.client.userId, null);
  assert.deepEqual(second.client.chats, []);
  assert.deepEqual(await first.storage.all("chats"), []);
  assert.equal(await first.storage.get("meta", "session"), undefined);
});

test("what is read in one tab is read in the other", async () => {
  const { time, server, first, second, chatId } = await twoTabs();
  second.client.markRead(chatId, 1);
  await time.until(() => first.client.chat(chatId)?.unread === 0, "both");
  assert.equal(second.client.chat(chatId)?.unread, 0);
  await time.until(() => server.count("message.markRead") > 0, "told");
});
