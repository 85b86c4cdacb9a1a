import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type ChatView, ClientError } from "@parley/protocol/client";
import fc from "fast-check";
import { type App, type AppOptions, app } from "./_util/client-app.ts";
import { startNode, type TestNode } from "./_util/node.ts";

let node: TestNode;
const apps: App[] = [];

before(async () => {
  node = await startNode();
});

after(async () => {
  await Promise.all(apps.map(({ client }) => client.stop()));
  await node.stop();
});

async function newApp(options: AppOptions = {}): Promise<App> {
  const made = await app(node.wsUrl, options);
  apps.push(made);
  return made;
}

async function anotherDevice(of: App, options: AppOptions = {}): Promise<App> {
  const device = await newApp({ register: false, ...options });
  await device.client.signIn({ handle: of.handle, password: of.password });
  return device;
}

/** Resolves when the chat is as it is to be; otherwise says how it is. */
async function chatOf(device: App, chatId: string, holds: (chat: ChatView) => boolean): Promise<ChatView> {
  const now = () => device.client.chat(chatId);
  const isSo = () => {
    const chat = now();
    return chat !== undefined && holds(chat);
  };
  await device.until("chat", isSo).catch(() => {
    throw new Error(`never: ${holds}; it is ${JSON.stringify(now())}`);
  });
  return now() as ChatView;
}

/** Once more when the connection was lost under it; it is made so that this changes nothing. */
async function surely<T>(request: () => Promise<T>): Promise<T> {
  try {
    return await request();
  } catch (error) {
    if (error instanceof ClientError && error.reason === "lost") return surely(request);
    throw error;
  }
}

type Step =
  | { readonly does: "says"; readonly mentions: boolean }
  /** `percent`: how far into the chat. */
  | { readonly does: "reads" | "writes" | "hides"; readonly device: number; readonly percent: number }
  | { readonly does: "cut" | "restarts"; readonly device: number; readonly percent: 0 };

const device = fc.integer({ min: 0, max: 2 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ does: fc.constant("says" as const), mentions: fc.boolean() }) },
  {
    weight: 5,
    arbitrary: fc.record({
      does: fc.constantFrom("reads" as const, "writes" as const, "hides" as const),
      device,
      percent: fc.nat({ max: 100 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      does: fc.constantFrom("cut" as const, "restarts" as const),
      device,
      percent: fc.constant(0 as const),
    }),
  },
);

test("[CHAT-7] [SYNC-3] [MSG-11] unread, mentions and read markers of three devices are those of the model, whatever happens in between", async () => {
  const [ann, ben] = await Promise.all([newApp(), newApp()]);
  const devices = [ann, await anotherDevice(ann), await anotherDevice(ann)];
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 15, maxLength: 40 }), async (steps) => {
      const { chat } = await ben.client.request("chat.createGroup", { name: "g", members: [ann.userId] });
      const { chatId } = chat;
      await Promise.all(devices.map((one) => chatOf(one, chatId, ({ head }) => head === 1)));
      /** By whom, and whether it mentions Ann; entry 1 is the creation. */
      const log: { readonly own: boolean; readonly mentions: boolean }[] = [{ own: true, mentions: false }];
      const hidden = new Set<number>();
      // Who is added has read what there was.
      let read = 1;
      for (const one of steps) {
        if (one.does === "says") {
          const mentions = one.mentions ? { mentions: [ann.userId] } : {};
          const clientId = crypto.randomUUID();
          const body = { text: `m${log.length}`, ...mentions };
          await ben.client.request("message.send", { chatId, clientId, kind: "text", body });
          log.push({ own: false, mentions: one.mentions });
          continue;
        }
        const at = devices[one.device] as App;
        // Who was cut off often waits longer and longer, which a request does not outwait.
        if (one.does === "writes" || one.does === "hides") at.client.reconnectNow();
        if (one.does === "writes") {
          const clientId = crypto.randomUUID();
          const own = { chatId, clientId, kind: "text" as const, body: { text: "own" } };
          await surely(() => at.client.request("message.send", own));
          log.push({ own: true, mentions: false });
        } else if (one.does === "cut") at.cut();
        else if (one.does === "restarts") {
          await at.client.stop();
          await at.client.start();
        } else {
          const seq = Math.max(1, Math.round((one.percent / 100) * (at.client.chat(chatId)?.head ?? 1)));
          if (one.does === "reads") {
            at.client.markRead(chatId, seq);
            read = Math.max(read, seq);
          } else {
            await surely(() => at.client.request("message.hide", { chatId, seqs: [seq] }));
            hidden.add(seq);
          }
        }
      }
      const unread = log
        .map((entry, i) => ({ ...entry, seq: i + 1 }))
        .filter(({ own, seq }) => {
          return !own && seq > read && !hidden.has(seq);
        });
      const truth = [log.length, read, unread.length, unread.filter(({ mentions }) => mentions).length];
      const fresh = await anotherDevice(ann);
      for (const one of devices) one.client.reconnectNow();
      for (const one of [...devices, fresh]) {
        const seen = (view: ChatView) => [view.head, view.readSeq, view.unread, view.mentions];
        const view = await chatOf(one, chatId, (state) => String(seen(state)) === String(truth)).catch(
          (error: unknown) => {
            throw new Error(`Device ${devices.indexOf(one)} is not ${truth}: ${error}`);
          },
        );
        assert.deepEqual(seen(view), truth);
      }
      await fresh.client.stop();
    }),
    { numRuns: 8, seed: 11, endOnFailure: true, includeErrorInReport: true },
  );
});

test("[SYNC-3] [MSG-6] [MSG-15] a brand-new device has every chat, the last N, markers, pins, mutes, drafts, stars, settings, contacts, and nothing that was retracted", async () => {
  const [ann, ben] = await Promise.all([newApp(), newApp()]);
  const chats: string[] = [];
  for (const name of ["one", "two", "three"]) {
    const { chat } = await ann.client.request("chat.createGroup", { name, members: [ben.userId] });
    chats.push(chat.chatId);
    for (let i = 0; i < 12; i += 1)
      await ben.client.send(chat.chatId, { kind: "text", body: { text: `${name} ${i}` } });
  }
  const [one = "", two = "", three = ""] = chats;
  for (const chatId of chats) await chatOf(ann, chatId, ({ head }) => head === 13);
  const prefs = { pinnedAt: 7, mutedUntil: 9_000_000_000_000, folders: ["work"] };
  const draft = { text: "to be continued", replyTo: 3 };
  ann.client.markRead(one, 9);
  ann.client.setPrefs(two, prefs);
  ann.client.setDraft(three, draft);
  ann.client.setSetting("look.theme", "dark");
  await ann.client.request("message.pin", { chatId: one, seq: 5, on: true });
  await ann.client.request("message.star", { chatId: two, seq: 4, on: true });
  await ann.client.request("message.hide", { chatId: three, seqs: [13] });
  await ben.client.request("message.retract", { chatId: one, seq: 12 });
  await ann.client.request("contact.request", { userId: ben.userId });
  const { chatId: direct = "" } = await ben.client.request("contact.answer", { userId: ann.userId, answer: "accept" });

  const settled = await anotherDevice(ann);
  await chatOf(settled, three, (chat) => chat.draft.text === draft.text);
  await chatOf(settled, two, (chat) => chat.prefs.pinnedAt === 7);
  await settled.until("setting", () => settled.client.settings.get("look.theme") === "dark");

  for (const newest of [0, 1, 5]) {
    const told = new Map<string, number[]>();
    const fresh = await newApp({ register: false, options: { newest } });
    fresh.client.on("messages", ({ chatId, messages, restart }) => {
      told.set(chatId, [...(restart ? [] : (told.get(chatId) ?? [])), ...messages.map(({ seq }) => seq)]);
    });
    await fresh.client.signIn({ handle: ann.handle, password: ann.password });
    await fresh.until("setting", () => fresh.client.settings.get("look.theme") === "dark");
    const first = await chatOf(fresh, one, ({ readSeq }) => readSeq === 9);
    assert.deepEqual([first.head, first.unread, first.pins], [14, 3, [5]]);
    const { messages: kept } = await fresh.client.history(one, { before: 13, limit: 1 });
    assert.equal(kept[0]?.kind, "retracted");
    assert.ok(!JSON.stringify(await fresh.storage.all("messages")).includes('"one 10"'));
    const { contacts } = await fresh.client.request("contact.list", { limit: 10 });
    assert.deepEqual(
      contacts.map(({ user }) => user.userId),
      [ben.userId],
    );
    const second = await chatOf(fresh, two, ({ stars }) => stars.length === 1);
    assert.deepEqual([second.prefs, second.stars, second.unread], [prefs, [4], 12]);
    const third = await chatOf(fresh, three, () => true);
    assert.deepEqual([third.draft, third.unread], [draft, 11]);
    assert.deepEqual(fresh.client.chats.map(({ chat }) => chat.chatId).sort(), [...chats, direct].sort());
    assert.deepEqual(told.get(one)?.length ?? 0, newest);
    assert.deepEqual(told.get(two) ?? [], [9, 10, 11, 12, 13].slice(5 - newest));
    const { messages } = await fresh.client.history(three, { before: 14, limit: 1 });
    assert.deepEqual(messages, [{ seq: 13, kind: "void" }]);
    await fresh.client.stop();
  }
});

// That it is there in two seconds is shown in virtual time, in the library's own tests.
test("[MSG-13] a draft comes to the other device, the last writer wins, and it is gone when it is sent", async () => {
  const ann = await newApp();
  const phone = await anotherDevice(ann);
  const { chat } = await ann.client.request("chat.createGroup", { name: "g", members: [] });
  const { chatId } = chat;
  await chatOf(phone, chatId, () => true);
  for (const text of ["D", "De", "Dea", "Dear"]) ann.client.setDraft(chatId, { text });
  await chatOf(phone, chatId, ({ draft }) => draft.text === "Dear");
  phone.client.setDraft(chatId, { text: "Dear Ben" });
  await chatOf(ann, chatId, ({ draft }) => draft.text === "Dear Ben");
  ann.client.setDraft(chatId, { text: "" });
  await chatOf(phone, chatId, ({ draft }) => draft.text === "");
});
