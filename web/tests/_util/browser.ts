import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";

const EXECUTABLES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
export const CHROMIUM_ARGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  // A microphone that beeps, for those who allow it.
  "--use-fake-device-for-media-stream",
  "--use-fake-ui-for-media-stream",
  "--auto-select-desktop-capture-source=Entire screen",
  // A page under this name is not in a secure context, although it comes from this machine.
  "--host-resolver-rules=MAP chat.test 127.0.0.1",
];

export const WIDE = { width: 1280, height: 800 };
export const PHONE = { width: 390, height: 844 };
/** Whatever comes at all comes sooner, also where four pages with nine moving pictures share two busy cores. */
const PATIENCE_MS = 30_000;
/** Some pages of the log are fetched meanwhile. */
const TURN_BACK_MS = 30_000;
/** Less than the rows that are made at once: none is passed unseen. */
const TURN_PX = 1_000;
/** A row that is there is looked at within this time, or was there no more. */
const SIGHT_MS = 2_000;
export const PASSWORD = "vivid-otter-lantern-42";

export function chromiumPath(): string {
  const path = EXECUTABLES.find(existsSync);
  if (path === undefined) throw new Error("Chromium is not installed.");
  return path;
}

/** Chromium, and a list of everything that went wrong in its pages: it has to be empty at the end of a test. */
export class TestBrowser {
  readonly troubles: string[] = [];
  readonly #browser: Browser;

  private constructor(browser: Browser) {
    this.#browser = browser;
  }

  static async launch(): Promise<TestBrowser> {
    const executablePath = chromiumPath();
    return new TestBrowser(await chromium.launch({ executablePath, headless: true, args: CHROMIUM_ARGS }));
  }

  /** A browser of another person: its own storage. */
  async person(options: BrowserContextOptions = {}): Promise<Page> {
    const context = await this.#browser.newContext({ viewport: WIDE, locale: "en-US", ...options });
    return this.tab(await context.newPage());
  }

  tab(page: Page): Page {
    page.setDefaultTimeout(PATIENCE_MS);
    page.on("pageerror", (error) => this.troubles.push(error.stack ?? error.message));
    page.on("console", (message) => {
      const text = message.text();
      // A server that is down on purpose is reported by the browser itself.
      if (message.type() === "error" && !/WebSocket connection|net::ERR_/.test(text)) this.troubles.push(text);
    });
    return page;
  }

  /** Everybody goes home; what they did stays at the server. */
  async closePeople(): Promise<void> {
    await Promise.all(this.#browser.contexts().map((context) => context.close()));
  }

  /** The most that any page's process has taken. Of files that it only maps nothing counts. */
  async peakMemoryBytes(): Promise<number> {
    const session = await this.#browser.newBrowserCDPSession();
    const { processInfo } = await session.send("SystemInfo.getProcessInfo");
    await session.detach();
    const pages = processInfo.filter(({ type }) => type === "renderer");
    const peaks = await Promise.all(pages.map(({ id }) => readFile(`/proc/${id}/status`, "utf8").catch(() => "")));
    return Math.max(...peaks.map((status) => Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024));
  }

  /** The troubles so far, once. */
  takeTroubles(): string[] {
    return this.troubles.splice(0);
  }

  async close(): Promise<void> {
    await this.#browser.close();
  }
}

export async function register(page: Page, url: string, handle: string, name: string): Promise<void> {
  await page.goto(url);
  await page.getByRole("button", { name: "New here? Create an account" }).click();
  await page.getByLabel("Handle").fill(handle);
  await page.getByLabel("Your name").fill(name);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Create account" }).click();
  await page.getByRole("heading", { name: "Chats" }).waitFor();
}

/** `pure-forge` needs seconds for its key, on a busy machine many: hence the patience. */
export async function signIn(page: Page, url: string, handle: string): Promise<void> {
  await page.goto(url);
  await page.getByLabel("Handle").fill(handle);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { name: "Chats" }).waitFor({ timeout: 60_000 });
}

/** Finds a person by handle and opens the chat with them. */
export async function openChatWith(page: Page, handle: string, name: string): Promise<void> {
  await page.getByLabel("Search people and chats").fill(handle);
  await page.getByRole("button", { name: new RegExp(name) }).click();
  await page.getByLabel(`Write to ${name}`).waitFor();
}

export async function openChat(page: Page, title: string): Promise<void> {
  await page.getByRole("link", { name: new RegExp(`^${title}`) }).click();
  await page.getByLabel(`Write to ${title}`).waitFor();
}

export async function write(page: Page, text: string): Promise<void> {
  const box = page.getByRole("textbox", { name: /^Write to/ });
  await box.fill(text);
  await box.press("Enter");
}

/** Until the tab is called so: the title follows what is open and unread. */
export async function titled(page: Page, title: string): Promise<void> {
  await page.waitForFunction((wanted) => document.title === wanted, title);
}

/** Until the menu that was opened has the focus: it takes it a moment after it is seen, from whatever had it. */
export async function menuFocused(page: Page, depth = 1): Promise<void> {
  await page.waitForFunction((at) => {
    const menu = document.querySelectorAll("[role=menu]")[at];
    return menu !== undefined && document.activeElement?.closest("[role=menu]") === menu;
  }, depth - 1);
}

/**
 * Turns the wheel until this older message is in sight, and stays there: a list that has not measured its rows makes more of
 * them than it keeps, and what comes while it finds its place undoes one turn.
 */
export async function turnBackTo(page: Page, text: string): Promise<void> {
  await page.getByRole("log").hover();
  const patience = performance.now() + TURN_BACK_MS;
  do {
    assert.ok(performance.now() < patience, `“${text}” does not come, however far back one turns`);
    await page.mouse.wheel(0, -TURN_PX);
  } while (!(await staysInSight(page, text)));
}

async function staysInSight(page: Page, text: string): Promise<boolean> {
  const row = message(page, text).first();
  if ((await row.count()) === 0) return false;
  // It may be gone again by now: then there is nothing to scroll to.
  await row.scrollIntoViewIfNeeded({ timeout: SIGHT_MS }).catch(() => {});
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
  return row
    .evaluate(
      (element) => {
        const [{ top, bottom }, { innerHeight }] = [element.getBoundingClientRect(), window];
        return top < innerHeight && bottom > 0;
      },
      undefined,
      { timeout: SIGHT_MS },
    )
    .catch(() => false);
}

/** A message in the open conversation. */
export function message(page: Page, text: string) {
  return page.getByRole("article").filter({ hasText: text });
}

/** Waits until an own message has come that far: sent, delivered or read. */
export async function reached(page: Page, text: string, delivery: string): Promise<void> {
  await message(page, text).locator(`[data-delivery=${delivery}]`).waitFor();
}
