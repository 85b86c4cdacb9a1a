import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryStorage } from "../src/client/storage.ts";
import { ReplyError } from "../src/errors.ts";
import { twoPeople } from "./client-chats.ts";
import { clientOf, PASSWORD } from "./client-person.ts";
import { seededRandom } from "./client-virtual-time.ts";

/** Two devices of one person, both online. */
async function twoDevices() {
  const two = await twoPeople();
  const { server, ann, chatId, time, settle } = two;
  const storage = memoryStorage();
  const { client, screen } = clientOf(server, { storage, random: seededRandom(9) });
  await settle(client.start());
  await settle(client.signIn({ handle: ann.handle, password: PASSWORD }));
  await time.until(() => client.chat(chatId) !== undefined && server.count("settings.get") >= 3, "the other device");
  return { ...two, phone: ann, tablet: { client, screen, storage } };
}

test("[N9] preferences show at once, and on the other device", async () => {
  const { time, chatId, phone, tablet, server } = await twoDevices();
  phone.client.setPrefs(chatId, { pinnedAt: 5, mentionsOnly: true });
  assert.deepEqual(phone.client.chat(chatId)?.prefs, { pinnedAt: 5, mentionsOnly: true });
  await time.until(() => tablet.client.chat(chatId)?.prefs.pinnedAt === 5, "synced");
  assert.deepEqual(tablet.screen.chats.get(chatId)?.prefs, { pinnedAt: 5, mentionsOnly: true });
  // An older one that comes late counts for nothing.
  const stale = { kind: "prefs", chatId, prefs: { archived: true }, version: 1 };
  tablet.client.setPrefs(chatId, {});
  await time.until(() => Object.keys(phone.client.chat(chatId)?.prefs ?? { no: 1 }).length === 0, "cleared");
  server.push(phone.userId, "inbox.new", { pos: "x", notice: stale });
  await time.pass(100);
  assert.deepEqual(phone.client.chat(chatId)?.prefs, {});
});

test("[N9] [MSG-13] a draft is on the other device within two seconds, and survives both", async () => {
  const { time, chatId, phone, tablet, server, settle } = await twoDevices();
  for (const text of ["h", "he", "hel", "hello"]) {
    phone.client.setDraft(chatId, { text });
    await time.pass(100);
  }
  await time.pass(1_700);
  assert.equal(tablet.client.chat(chatId)?.draft.text, "hello");
  assert.equal(server.count("chat.setDraft"), 1);
  await tablet.client.stop();
  const { client } = clientOf(server, { storage: tablet.storage, random: seededRandom(4) });
  server.down = true;
  await settle(client.start());
  assert.equal(client.chat(chatId)?.draft.text, "hello");
});

test("[N9] [MSG-13] a draft that was begun here is not overwritten by an older one", async () => {
  const { time, chatId, phone, tablet } = await twoDevices();
  tablet.client.setDraft(chatId, { text: "from the tablet" });
  await time.pass(900);
  phone.client.setDraft(chatId, { text: "from the phone" });
  await time.pass(500);
  assert.equal(phone.client.chat(chatId)?.draft.text, "from the phone");
  await time.until(() => tablet.client.chat(chatId)?.draft.text === "from the phone", "the later one");
  assert.equal(phone.client.chat(chatId)?.draft.text, "from the phone");
});

test("[N9] what was wished offline survives a crash, and is sent when the server is back", async () => {
  const { time, chatId, phone, tablet, server, settle } = await twoDevices();
  server.down = true;
  server.cut();
  phone.client.setDraft(chatId, { text: "offline" });
  phone.client.setPrefs(chatId, { archived: true });
  phone.client.setSetting("notifications.sound", false);
  await time.pass(100);
  // Nothing of the old process runs again.
  const { client, screen } = clientOf(server, { storage: phone.storage, random: seededRandom(4) });
  await settle(client.start());
  assert.deepEqual(client.chat(chatId)?.prefs, { archived: true });
  assert.equal(client.chat(chatId)?.draft.text, "offline");
  assert.equal(client.settings.get("notifications.sound"), false);
  server.down = false;
  await time.until(() => tablet.client.settings.get("notifications.sound") === false, "synced");
  await time.until(() => tablet.client.chat(chatId)?.draft.text === "offline", "synced");
  assert.deepEqual(tablet.client.chat(chatId)?.prefs, { archived: true });
  await time.pass(5_000);
  assert.deepEqual(await phone.storage.all("wishes"), []);
  assert.deepEqual(screen.warnings, []);
});

test("[N9] a new device asks once for the settings and stars that there are", async () => {
  const { time, chatId, phone, ben, server, settle } = await twoDevices();
  server.write(chatId, ben.userId, "one");
  server.write(chatId, ben.userId, "two");
  phone.client.setSetting("notifications.quiet", { from: 22, to: 7 });
  await settle(phone.client.request("message.star", { chatId, seq: 2, on: true }));
  await time.until(() => phone.client.chat(chatId)?.stars.length === 1 && server.count("settings.set") === 1, "set");
  const { client, screen } = clientOf(server, { storage: memoryStorage(), random: seededRandom(4) });
  await settle(client.start());
  await settle(client.signIn({ handle: phone.handle, password: PASSWORD }));
  await time.until(() => client.settings.size === 1 && client.chat(chatId)?.stars.length === 1, "asked");
  assert.deepEqual(client.settings.get("notifications.quiet"), { from: 22, to: 7 });
  assert.deepEqual(screen.all("setting").at(-1), { key: "notifications.quiet", value: { from: 22, to: 7 } });
  const asked = server.count("settings.get");
  server.cut();
  await time.until(() => screen.all("synced").length > 1, "again");
  await time.pass(1_000);
  assert.equal(server.count("settings.get"), asked);
  await settle(client.request("message.star", { chatId, seq: 2, on: false }));
  await time.until(() => phone.client.chat(chatId)?.stars.length === 0, "taken off");
});

test("[N9] what the server refuses is shown as the server has it", async () => {
  const { time, chatId, phone, server } = await twoDevices();
  server.fate = ({ method }) => (method === "chat.setPrefs" ? new ReplyError("LIMIT_REACHED") : undefined);
  phone.client.setPrefs(chatId, { pinnedAt: 1 });
  await time.until(() => phone.screen.all("wishRefused").length === 1, "refused");
  assert.equal(phone.screen.all("wishRefused")[0]?.why, "LIMIT_REACHED");
  assert.deepEqual(phone.client.chat(chatId)?.prefs, {});
  assert.throws(() => phone.client.setSetting("Not a key", 1), /invalidParams/);
  assert.throws(() => phone.client.setSetting("long", "x".repeat(5_000)), /invalidParams/);
});
