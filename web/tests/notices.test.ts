import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { Client, memoryStorage } from "@parley/protocol/client";
import { nodePlatform } from "@parley/protocol/client-node";
import type { BrowserContext, Locator, Page } from "playwright-core";
import { findings } from "./_util/axe.ts";
import { PASSWORD, register, TestBrowser } from "./_util/browser.ts";
import { Server } from "./_util/server.ts";
import { within } from "./_util/within.ts";

/** What a page has told the desktop, and how often it sounded. The browser's own notifications are made all the same. */
interface Told {
  readonly shown: {
    readonly title: string;
    readonly body: string;
    readonly click: () => void;
    readonly closed: boolean;
  }[];
  sounds: number;
}

function listen(): void {
  const told = { shown: [] as unknown[], sounds: 0 };
  Object.assign(window, { told });
  const Real = window.Notification;
  window.Notification = class extends Real {
    constructor(title: string, options?: NotificationOptions) {
      super(title, options);
      const record = { title, body: options?.body, closed: false, click: () => this.dispatchEvent(new Event("click")) };
      told.shown.push(record);
      const close = this.close.bind(this);
      this.close = () => {
        record.closed = true;
        close();
      };
    }
  };
  const { createOscillator } = AudioContext.prototype;
  AudioContext.prototype.createOscillator = function (this: AudioContext) {
    told.sounds += 1;
    return createOscillator.call(this);
  };
}

type Talkative = { told: Told };

const shownOf = (page: Page) =>
  page.evaluate(() => (window as unknown as Talkative).told.shown.map(({ title, body }) => `${title}: ${body}`));
const soundsOf = (page: Page) => page.evaluate(() => (window as unknown as Talkative).told.sounds);

async function waitForShown(page: Page, count: number, timeout = 30_000): Promise<string[]> {
  const enough = (least: number) => (window as unknown as Talkative).told.shown.length >= least;
  await page.waitForFunction(enough, count, { timeout });
  return shownOf(page);
}

/** A page that has no time for anything until it is released. */
async function occupy(page: Page): Promise<{ release(): Promise<void> }> {
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const asked = page.waitForRequest(/\/occupied$/);
  await page.route(/\/occupied$/, async (route) => {
    await held;
    await route.fulfill({ body: "" });
  });
  const occupied = page.evaluate(() => {
    const request = new XMLHttpRequest();
    request.open("GET", "/occupied", false);
    request.send();
  });
  await asked;
  return {
    async release() {
      release();
      await within("the page to have time again", occupied);
    },
  };
}

/** Puts another page of the same browser in front, as somebody does who goes on working elsewhere. */
async function lookAway(context: BrowserContext, pages: readonly Page[]): Promise<Page> {
  for (const page of pages) {
    const devtools = await context.newCDPSession(page);
    await devtools.send("Emulation.setFocusEmulationEnabled", { enabled: false });
  }
  const elsewhere = await context.newPage();
  await elsewhere.bringToFront();
  for (const page of pages) await page.waitForFunction(() => !document.hasFocus() || document.hidden);
  return elsewhere;
}

const devices: Client[] = [];

/** A device without a page, which leaves after the test. */
async function device(server: Server, name: string): Promise<Client> {
  const client = new Client({ url: server.wsUrl, ...nodePlatform(), storage: memoryStorage(), device: { name } });
  devices.push(client);
  await client.start();
  return client;
}

async function synced(client: Client, what: string, holds: () => boolean): Promise<void> {
  const held = new Promise<void>((resolve) => {
    const look = () => holds() && resolve();
    for (const event of ["chat", "setting", "synced"] as const) client.on(event, look);
    look();
  });
  await within(what, held);
}

/** Resolves when the server has it. */
async function say(client: Client, chatId: string, text: string, mentions: readonly string[] = []): Promise<void> {
  const sent = new Promise<void>((resolve) => {
    const end = client.on("outbox", ({ state }) => {
      if (state !== "sent") return;
      end();
      resolve();
    });
  });
  await client.send(chatId, { kind: "text", body: { text, mentions: [...mentions] } });
  await within(`“${text}” to be sent`, sent);
}

async function openSettings(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Settings" }).click();
  await page.getByRole("heading", { name: "Notifications" }).waitFor();
}

async function tabTo(page: Page, target: Locator): Promise<void> {
  for (let presses = 0; presses < 60; presses++) {
    if (await target.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press("Tab");
  }
  assert.fail("not reached by Tab");
}

describe("[CLI-9] notifications in the open app", () => {
  let server: Server;
  let browser: TestBrowser;
  before(async () => {
    [server, browser] = await Promise.all([Server.start(), TestBrowser.launch()]);
  });
  afterEach(async () => {
    await Promise.all(devices.splice(0).map((client) => client.stop()));
    await browser.closePeople();
    assert.deepEqual(browser.takeTroubles(), []);
  });
  after(async () => {
    await browser.close();
    await server.remove();
  });

  /** Anna with a page that may show notifications, Bo with a client of his own, and the chat of both. */
  async function annaAndBo(suffix: string) {
    const page = await browser.person({ permissions: ["notifications"] });
    await page.context().addInitScript(listen);
    await register(page, server.url, `anna${suffix}`, "Anna");
    const bo = await device(server, "Bo's");
    await bo.register({ handle: `bochen${suffix}`, password: PASSWORD, displayName: "Bo" });
    const { users } = await bo.request("user.find", { handle: `anna${suffix}` });
    const annaId = users[0]?.userId ?? "";
    const { chat } = await bo.request("chat.openDirect", { userId: annaId });
    await page.getByRole("link", { name: /^Bo/ }).waitFor();
    return { page, bo, chatId: chat.chatId, annaId };
  }

  it("tells what comes while nobody looks, and nothing while somebody does; a click opens the chat", async () => {
    const { page, bo, chatId } = await annaAndBo("1");
    await say(bo, chatId, "while you look");
    await page.getByRole("link", { name: /^Bo/ }).waitFor();
    await page.waitForFunction(() => document.title.includes("1"));
    const elsewhere = await lookAway(page.context(), [page]);
    await say(bo, chatId, "while you are away");
    assert.deepEqual(await waitForShown(page, 1), ["Bo: while you are away"]);
    // Two notes make one sound.
    assert.equal(await soundsOf(page), 2);
    await page.waitForFunction(() => document.title.includes("2"));
    await page.waitForFunction(() => document.querySelector<HTMLLinkElement>("link[rel=icon]")?.type === "image/png");
    await page.evaluate(() => (window as unknown as Talkative).told.shown[0]?.click());
    await page.getByLabel("Write to Bo").waitFor();
    await elsewhere.close();
    await page.bringToFront();
    await page.waitForFunction(
      () => document.querySelector<HTMLLinkElement>("link[rel=icon]")?.type === "image/svg+xml",
    );
    assert.ok(await page.evaluate(() => (window as unknown as Talkative).told.shown.every(({ closed }) => closed)));
    await bo.stop();
  });

  it("holds its tongue in muted chats, and elsewhere for all but mentions, as another device has chosen", async () => {
    const { page, bo, chatId, annaId } = await annaAndBo("2");
    const phone = await device(server, "phone");
    await phone.signIn({ handle: "anna2", password: PASSWORD });
    await synced(phone, "the chat on the phone", () => phone.chat(chatId) !== undefined);
    await lookAway(page.context(), [page]);
    await say(bo, chatId, "one");
    await waitForShown(page, 1);
    // The title comes a moment later, and its number has to be there before it goes.
    await page.waitForFunction(() => /\(1\)/.test(document.title));
    phone.setPrefs(chatId, { mutedUntil: Date.now() + 3600_000 });
    await page.waitForFunction(() => !/\d/.test(document.title));
    await say(bo, chatId, "muted");
    phone.setPrefs(chatId, {});
    await page.waitForFunction(() => /\(2\)/.test(document.title));
    phone.setPrefs(chatId, { mentionsOnly: true });
    await page.waitForFunction(() => !/\d/.test(document.title));
    await say(bo, chatId, "no mention");
    await say(bo, chatId, "a mention", [annaId]);
    // Of four messages the title counts the one that mentions.
    await page.waitForFunction(() => /\(1\)/.test(document.title));
    await waitForShown(page, 2);
    phone.setPrefs(chatId, {});
    await page.waitForFunction(() => /\(4\)/.test(document.title));
    await say(bo, chatId, "loud again");
    await waitForShown(page, 3);
    assert.deepEqual(await shownOf(page), ["Bo: one", "Bo: a mention", "Bo: loud again"]);
    await Promise.all([bo.stop(), phone.stop()]);
  });

  it("is silent in quiet hours, which are chosen by keyboard alone and hold on all devices", async () => {
    const { page, bo, chatId } = await annaAndBo("3");
    const phone = await device(server, "phone");
    await phone.signIn({ handle: "anna3", password: PASSWORD });
    await openSettings(page);
    const quiet = page.getByLabel("Quiet hours", { exact: false }).first();
    await tabTo(page, quiet);
    await page.keyboard.press("Space");
    // The same minute twice is the whole day.
    await page.getByLabel("From").fill("00:00");
    await page.getByLabel("To", { exact: true }).fill("00:00");
    const allDay = { on: true, from: 0, to: 0 };
    await synced(phone, "quiet hours on the phone", () =>
      isDeepStrictEqual(phone.settings.get("notifications.quiet"), allDay),
    );
    const elsewhere = await lookAway(page.context(), [page]);
    await say(bo, chatId, "at night");
    await page.waitForFunction(() => document.title.includes("1"));
    phone.setSetting("notifications.quiet", { ...allDay, on: false });
    await elsewhere.close();
    await page.getByLabel("From").waitFor({ state: "detached" });
    phone.setSetting("notifications.preview", false);
    await page.waitForFunction(() => document.querySelectorAll("[data-card=notices] input:checked").length === 2);
    await lookAway(page.context(), [page]);
    await say(bo, chatId, "in the morning");
    assert.deepEqual(await waitForShown(page, 1), ["Bo: New message"]);
    await Promise.all([bo.stop(), phone.stop()]);
  });

  it("tells by one of several tabs, and by none while somebody looks at another one", async () => {
    const { page: first, bo, chatId } = await annaAndBo("4");
    const context = first.context();
    const second = browser.tab(await context.newPage());
    await second.goto(server.url);
    await second.getByRole("link", { name: /^Bo/ }).waitFor();
    const elsewhere = await lookAway(context, [first, second]);
    await say(bo, chatId, "one of you");
    await first.waitForFunction(() => document.title.includes("1"));
    await second.waitForFunction(() => document.title.includes("1"));
    await waitForShown(first, 1);
    await elsewhere.close();
    await second.bringToFront();
    await second.waitForFunction(() => document.hasFocus() && !document.hidden);
    // That it has no time to say so changes nothing, however long.
    const busy = await occupy(second);
    for (let unread = 2; unread <= 9; unread += 1) {
      await say(bo, chatId, "you look at the other tab");
      await first.waitForFunction((count) => document.title.includes(`${count}`), unread);
    }
    await busy.release();
    await lookAway(context, [first, second]);
    await say(bo, chatId, "once more");
    await waitForShown(first, 2);
    assert.deepEqual(await shownOf(first), ["Bo: one of you", "Bo: once more"]);
    assert.deepEqual(await shownOf(second), []);
    // The tab that told is gone: another one tells.
    await first.close();
    let told = 0;
    for (let n = 0; told === 0; n++) {
      // A tab that did not say goodbye counts as there for a few seconds.
      assert.ok(n < 20, "nobody tells");
      await say(bo, chatId, `who is left? ${n}`);
      told = await waitForShown(second, 1, 1_000).then(
        (shown) => shown.length,
        () => 0,
      );
    }
    await bo.stop();
  });

  it("asks from a click, and says why where a browser does not let it", async () => {
    const page = await browser.person();
    await register(page, server.url, "anna5", "Anna");
    await openSettings(page);
    await page.context().grantPermissions(["notifications"]);
    await page.getByRole("button", { name: "Turn on notifications" }).click();
    await page.getByLabel("Show notifications on this device").waitFor();
    assert.deepEqual(await findings(page), []);
    const insecure = await browser.person();
    await register(insecure, server.insecureUrl, "anna6", "Anna");
    await openSettings(insecure);
    await insecure.getByText("This page came over plain http").waitFor();
    assert.deepEqual(await findings(insecure), []);
  });
});
