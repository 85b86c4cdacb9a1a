import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import type { Page } from "playwright-core";
import { message, openChat, openChatWith, reached, register, signIn, write } from "./_util/browser.ts";
import { Scripted } from "./_util/scripted.ts";
import { useStage } from "./_util/stage.ts";

/** More than two screens, and more than a page of the log. */
const LINES = 62;
/** More than a page holds of one chat, so many at a time. */
const FLOOD = 2_600;
const FLOOD_AT_ONCE = 50;
/** The first index of a list's ruler (`timeline.ts`). */
const INDEX_ORIGIN = 1_000_000_000;
/** So low that three rows of the list of chats do not fit. */
const LOW = { width: 1280, height: 340 };

describe("where a conversation opens, and where it stays", () => {
  const stage = useStage();

  before(async () => {
    for (const [handle, name] of [
      ["anna", "Anna"],
      ["bochen", "Bo"],
      ["carla", "Carla"],
      ["dmitri", "Dmitri"],
    ] as const) {
      await register(await stage.browser.person(), stage.server.url, handle, name);
    }
    await stage.browser.closePeople();
  });

  const inSight = (page: Page, text: string) =>
    page.waitForFunction((wanted) => {
      const log = document.querySelector("[role=log]")?.getBoundingClientRect();
      const row = [...document.querySelectorAll("article")].find((one) => one.textContent?.includes(wanted));
      const at = row?.getBoundingClientRect();
      return log !== undefined && at !== undefined && at.top >= log.top && at.bottom <= log.bottom;
    }, text);
  const unread = async (page: Page) => {
    const jump = page.getByRole("button", { name: /new messages: jump to the latest/ });
    return Number.parseInt((await jump.getAttribute("aria-label")) ?? "", 10);
  };

  it("[MSG-11] a new device opens at the first unread message, however late its code is and while more is written", async () => {
    const anna = await stage.browser.person();
    await signIn(anna, stage.server.url, "anna");
    await anna.getByRole("button", { name: "New chat" }).click();
    await anna.getByRole("button", { name: "Make a group instead" }).click();
    await anna.getByLabel("Group name").fill("Hikers");
    for (const [handle, name] of [
      ["boch", "Bo"],
      ["carl", "Carla"],
      ["dmit", "Dmitri"],
    ] as const) {
      await anna.getByRole("combobox", { name: "Add people" }).fill(handle);
      await anna.getByRole("option", { name: new RegExp(name) }).click();
    }
    await anna.getByRole("button", { name: "Create group" }).click();
    for (let line = 1; line <= LINES; line += 1) await write(anna, `Line ${line}.`);
    await reached(anna, `Line ${LINES}.`, "sent");

    for (const handle of ["bochen", "carla", "dmitri"]) {
      const page = await stage.browser.person();
      const told = (text: string) =>
        page
          .getByRole("link", { name: /^Hikers/ })
          .getByText(text)
          .waitFor();
      let release = () => {};
      const wanted = new Promise<void>((resolve) => {
        release = resolve;
      });
      await page.route(/\/conversation-[^/]*\.js$/, async (route) => {
        await wanted;
        await route.continue();
      });
      await signIn(page, stage.server.url, handle);
      await page.getByRole("link", { name: /^Hikers/ }).click();
      // What came after the click came after the page of the log, too: the list finds its rows when it is made.
      await write(anna, `Is ${handle} there?`);
      await told(`Is ${handle} there?`);
      release();
      for (let more = 1; more <= 10; more += 1) await write(anna, `More for ${handle} ${more}.`);
      await page.getByText("New messages").waitFor();
      await write(anna, `That is all, ${handle}.`);
      await told(`That is all, ${handle}.`);
      await inSight(page, "Line 1.");
      const left = await unread(page);
      assert.ok(left > LINES / 2, `${left} of more than ${LINES} are still unread`);
      await page.getByRole("button", { name: /jump to the latest/ }).click();
      await inSight(page, `That is all, ${handle}.`);
      await page.context().close();
    }
  });

  it("who reads at the end stays there, also from when all of it fits; who has scrolled up stays where they are", async () => {
    const anna = await stage.browser.person();
    const bo = await stage.browser.person();
    await signIn(anna, stage.server.url, "anna");
    await signIn(bo, stage.server.url, "bochen");
    await openChatWith(anna, "boch", "Bo");
    await write(anna, "Line 1.");
    await openChat(bo, "Anna");
    await message(bo, "Line 1.").waitFor();
    for (let line = 2; line <= LINES; line += 1) await write(anna, `Line ${line}.`);
    await inSight(bo, `Line ${LINES}.`);
    await reached(anna, `Line ${LINES}.`, "read");

    // Letters are painted before what arrives meanwhile: that comes a moment later, all of it, and is read out.
    const letters = bo.getByLabel("Write to Anna").pressSequentially("letters that come first", { delay: 30 });
    for (let line = 1; line <= 5; line += 1) await write(anna, `Meanwhile ${line}.`);
    await letters;
    await inSight(bo, "Meanwhile 5.");
    const meanwhile = [1, 2, 3, 4, 5].map((line) => `Anna: Meanwhile ${line}.`);
    const spoken = bo.locator("[aria-live=polite] p");
    await bo.waitForFunction(
      (last) => document.querySelector("[aria-live=polite]")?.textContent?.includes(last),
      "Meanwhile 5.",
    );
    assert.deepEqual((await spoken.allTextContents()).slice(-5), meanwhile);

    await bo.getByRole("log").press("Home");
    await inSight(bo, "Line 1.");
    for (let more = 1; more <= 5; more += 1) await write(anna, `More ${more}.`);
    await bo.getByRole("button", { name: "5 new messages: jump to the latest" }).click();
    await inSight(bo, "More 5.");
    await write(anna, "The last.");
    await inSight(bo, "The last.");
  });

  it("who stays at the end of a chat that never rests sees its end, and the page holds a part of it", async () => {
    const anna = await stage.browser.person();
    await signIn(anna, stage.server.url, "anna");
    const robot = await Scripted.register(stage.server.url, { handle: "robot", displayName: "Robot" }, "anna");
    await robot.write("It begins.");
    await openChat(anna, "Robot");
    await anna.getByRole("log").focus();
    for (let line = 0; line < FLOOD; line += FLOOD_AT_ONCE) {
      await Promise.all(Array.from({ length: FLOOD_AT_ONCE }, (_, i) => robot.write(`Drop ${line + i}.`)));
    }
    await robot.write("The last drop.");
    await inSight(anna, "The last drop.");
    const held = await anna.evaluate(() => {
      const indices = [...document.querySelectorAll<HTMLElement>("[data-item-index]")];
      return Math.max(...indices.map(({ dataset }) => Number(dataset.itemIndex)));
    });
    assert.ok(held - INDEX_ORIGIN < FLOOD / 2, `the list has begun anew: ${held - INDEX_ORIGIN}`);
    assert.equal(await anna.evaluate(() => document.activeElement?.role ?? ""), "log");
    await robot.write("And one more.");
    await inSight(anna, "And one more.");
    // Further up is what was taken away, page by page.
    await anna.mouse.move(800, 400);
    const highest = () => anna.locator("article").first().textContent();
    while (!(await highest())?.includes("Drop 21")) await anna.mouse.wheel(0, -1_500);
  });

  it("[CHAT-7] unread chats out of sight are told of above or below the list, and one gets there", async () => {
    const anna = await stage.browser.person({ viewport: LOW });
    await signIn(anna, stage.server.url, "anna");
    const carla = await stage.browser.person();
    await signIn(carla, stage.server.url, "carla");
    await openChatWith(carla, "anna", "Anna");
    await write(carla, "Look here.");
    const bo = await stage.browser.person();
    await signIn(bo, stage.server.url, "bochen");
    for (const title of ["Anna", "Hikers"]) {
      await openChat(bo, title);
      await write(bo, "And here.");
    }
    await anna.locator(".chat-row-unread").nth(2).waitFor({ state: "attached" });
    const above = anna.getByRole("button", { name: /unread above$/ });
    const below = anna.getByRole("button", { name: /unread below$/ });
    await below.click();
    await above.click();
    await below.waitFor();
    for (const title of ["Carla", "Bo", "Hikers"]) await openChat(anna, title);
    await above.waitFor({ state: "detached" });
    await below.waitFor({ state: "detached" });
  });
});
