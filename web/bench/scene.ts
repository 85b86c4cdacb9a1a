import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Client, memoryStorage } from "@parley/protocol/client";
import { nodePlatform } from "@parley/protocol/client-node";
import { type BrowserContext, chromium, type Page } from "playwright-core";
import { CHROMIUM_ARGS, chromiumPath, PASSWORD, WIDE } from "../tests/_util/browser.ts";
import { Server } from "../tests/_util/server.ts";
import { watchPaints } from "./paints.ts";

const FILL = fileURLToPath(new URL("../../../server/dist/bench/parley/fill-log.js", import.meta.url));
/** The client library keeps 2,048 of a chat, less what of a page would be more. */
const CACHED_MIN = 1_900;
const CHATS = 30;
const WORDS = "the quick brown fox jumps over a lazy dog while nobody looks at the clock on the kitchen wall".split(
  " ",
);
/**
 * The window is so much higher than the page: the browser's own bars are part of it, and what lies below the window is not drawn.
 * A letter in the composer, at the lower end, counted as painted when something above it was.
 */
const BARS_PX = 200;
/** More than any step of setting the scene takes. */
const PATIENCE_MS = 120_000;

/** What of the chat is in the browser's IndexedDB. */
export interface CachedStretch {
  readonly from: number;
  readonly to: number;
}

/** A server on its defaults, a browser with a profile on the disk in which Anna is signed in, and Bo, who has no page. */
export class Scene {
  readonly server: Server;
  readonly bo: Client;
  readonly chatId: string;
  readonly #profile: string;
  #browser: BrowserContext;

  private constructor(parts: { server: Server; bo: Client; chatId: string; profile: string; browser: BrowserContext }) {
    this.server = parts.server;
    this.bo = parts.bo;
    this.chatId = parts.chatId;
    this.#profile = parts.profile;
    this.#browser = parts.browser;
  }

  static async set(messages: number): Promise<Scene> {
    const server = await Server.start();
    try {
      return await Scene.#set(server, messages);
    } catch (error) {
      await server.remove();
      throw error;
    }
  }

  static async #set(server: Server, messages: number): Promise<Scene> {
    const profile = await mkdtemp(join(tmpdir(), "parley-bench-web-"));
    const anna = await registered(server, "anna", "Anna");
    const bo = await registered(server, "bochen", "Bo");
    await writeChats(anna);
    const chatId = await beginTalk(anna, bo);
    await anna.stop();
    await server.down();
    await promisify(execFile)(process.execPath, [FILL, server.data, chatId, String(messages)]);
    await server.up();
    const browser = await launched(profile, []);
    const scene = new Scene({ server, bo, chatId, profile, browser });
    await scene.#fillCache();
    return scene;
  }

  /** The same profile in a browser that is started anew, with these switches beside the usual ones. */
  async reopen(switches: readonly string[]): Promise<void> {
    await this.#browser.close();
    this.#browser = await launched(this.#profile, switches);
  }

  /** A tab of its own, on which nothing has been loaded. */
  async tab(): Promise<Page> {
    const page = await this.#browser.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    const session = await this.#browser.newCDPSession(page);
    const { windowId } = await session.send("Browser.getWindowForTarget");
    const bounds = { width: WIDE.width, height: WIDE.height + BARS_PX };
    await session.send("Browser.setWindowBounds", { windowId, bounds });
    await session.detach();
    return page;
  }

  /** A tab in which the list of chats has come to rest: online, and nothing more is fetched. */
  async atRest(): Promise<Page> {
    const page = await this.tab();
    await page.goto(this.server.url);
    await page.locator(this.row).waitFor();
    await page.waitForLoadState("networkidle");
    return page;
  }

  /** The chat in the list. */
  get row(): string {
    return `[data-chat="${this.chatId}"]`;
  }

  get chatUrl(): string {
    return `${this.server.url}/c/${this.chatId}`;
  }

  async cached(page: Page): Promise<CachedStretch> {
    return page.evaluate(async (chatId) => {
      const open = indexedDB.open("parley-chats");
      await new Promise((resolve) => open.addEventListener("success", resolve));
      const get = open.result.transaction("entries").objectStore("entries").get(chatId);
      await new Promise((resolve) => get.addEventListener("success", resolve));
      open.result.close();
      const { from, to } = get.result as CachedStretch;
      return { from, to };
    }, this.chatId);
  }

  async end(): Promise<void> {
    await this.bo.stop();
    await this.#browser.close();
    await this.server.remove();
    await rm(this.#profile, { recursive: true, force: true });
  }

  /** Anna signs in and reads back, until this device keeps of the chat what it keeps at most. */
  async #fillCache(): Promise<void> {
    const page = await this.tab();
    await page.goto(this.server.url);
    await page.getByLabel("Handle").fill("anna");
    await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.locator(this.row).click();
    await page.getByRole("button", { name: /jump to the latest/i }).click();
    await page.getByRole("log").hover();
    const giveUpAt = performance.now() + PATIENCE_MS;
    for (
      let stretch = await this.cached(page);
      stretch.to - stretch.from < CACHED_MIN;
      stretch = await this.cached(page)
    ) {
      if (performance.now() > giveUpAt) throw new Error(`The cache holds ${stretch.from} to ${stretch.to} only.`);
      for (let turn = 0; turn < 10; turn++) await page.mouse.wheel(0, -2_000);
    }
    await page.close();
  }
}

async function launched(profile: string, switches: readonly string[]): Promise<BrowserContext> {
  const browser = await chromium.launchPersistentContext(profile, {
    executablePath: chromiumPath(),
    headless: true,
    args: [...CHROMIUM_ARGS, ...switches],
    viewport: WIDE,
    locale: "en-US",
  });
  await browser.addInitScript(watchPaints);
  return browser;
}

async function registered(server: Server, handle: string, displayName: string): Promise<Client> {
  const client = new Client({
    ...nodePlatform(),
    url: server.wsUrl,
    storage: memoryStorage(),
    device: { name: "bench" },
  });
  await client.start();
  await client.register({ handle, displayName, password: PASSWORD });
  return client;
}

/** The list is as long as that of somebody who uses the app every day. */
async function writeChats(anna: Client): Promise<void> {
  for (let at = 1; at <= CHATS; at++) {
    const { chat } = await anna.request("chat.createGroup", { name: `Group ${at}`, members: [] });
    await say(anna, chat.chatId, wordsOf(at));
  }
}

/** What both say here is what the long log is made of: texts of one to six lines, with links and Markdown here and there. */
async function beginTalk(anna: Client, bo: Client): Promise<string> {
  const { users } = await bo.request("user.find", { handle: "anna" });
  const [found] = users;
  if (found === undefined) throw new Error("Anna is not found.");
  const { chat } = await bo.request("chat.openDirect", { userId: found.userId });
  for (let at = 1; at <= 60; at++) await say(at % 3 === 0 ? anna : bo, chat.chatId, wordsOf(at));
  return chat.chatId;
}

export async function say(client: Client, chatId: string, text: string): Promise<void> {
  await client.request("message.send", { chatId, clientId: client.newClientId(), kind: "text", body: { text } });
}

function wordsOf(at: number): string {
  const words = Array.from({ length: 3 + ((at * 7) % 50) }, (_, word) => WORDS[(at + word) % WORDS.length]).join(" ");
  if (at % 10 === 0) return `${words} https://example.org/${at}`;
  return at % 15 === 1 ? `**Note** ${words}\n\n- one\n- two` : words;
}
