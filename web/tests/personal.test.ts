import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import type { Page } from "playwright-core";
import { findings } from "./_util/axe.ts";
import { menuFocused, message, openChat, openChatWith, reached, register, signIn, write } from "./_util/browser.ts";
import { useClockedStage } from "./_util/stage.ts";

/** The picker knows whole minutes, and choosing takes a while: far enough ahead to be still to come then. */
const SOON_MS = 10 * 60_000;

describe("two devices of one person", () => {
  const stage = useClockedStage();

  before(async () => {
    const [anna, bo, carla] = [
      await stage.browser.person(),
      await stage.browser.person(),
      await stage.browser.person(),
    ];
    await register(anna, stage.server.url, "anna", "Anna");
    await register(bo, stage.server.url, "bochen", "Bo");
    await register(carla, stage.server.url, "carla", "Carla");
    await openChatWith(anna, "boch", "Bo");
    await write(anna, "Hello Bo");
    await reached(anna, "Hello Bo", "delivered");
    await openChatWith(anna, "carl", "Carla");
    await write(anna, "Hello Carla");
    await reached(anna, "Hello Carla", "delivered");
    await stage.browser.closePeople();
  });

  const twoDevices = async (): Promise<[Page, Page]> => {
    const pages: [Page, Page] = [await stage.browser.person(), await stage.browser.person()];
    for (const page of pages) await signIn(page, stage.server.url, "anna");
    return pages;
  };
  const row = (page: Page, title: string) => page.getByRole("link", { name: new RegExp(`^${title}`) });
  /** Opens the menu of a row from the keyboard, and chooses. */
  const choose = async (page: Page, title: string, ...items: string[]) => {
    await row(page, title).focus();
    await page.keyboard.press("Shift+F10");
    await menuFocused(page);
    for (const [at, item] of items.slice(0, -1).entries()) {
      await page.getByRole("menuitem", { name: item }).focus();
      await page.keyboard.press("ArrowRight");
      await menuFocused(page, at + 2);
    }
    await page.getByRole("menuitem", { name: items.at(-1) ?? "", exact: true }).press("Enter");
  };
  const untilRows = async (page: Page, titles: readonly string[]) => {
    await page.waitForFunction(
      (wanted) => [...document.querySelectorAll(".chat-row-name")].map((name) => name.textContent).join() === wanted,
      titles.join(),
    );
  };

  it("[CHAT-7] pin, mute, folders and archive by the menu of a row, with the keyboard alone", async () => {
    const [desk, phone] = await twoDevices();
    await untilRows(desk, ["Carla", "Bo"]);
    await choose(desk, "Bo", "Pin to the top");
    for (const page of [desk, phone]) await untilRows(page, ["Bo", "Carla"]);
    await row(phone, "Bo").getByRole("img", { name: "pinned" }).waitFor();

    await choose(phone, "Carla", "Mute", "For 8 hours");
    await row(desk, "Carla").getByRole("img", { name: "muted" }).waitFor();
    await choose(desk, "Carla", "Unmute");
    await row(phone, "Carla").getByRole("img", { name: "muted" }).waitFor({ state: "detached" });

    await choose(desk, "Bo", "Folders", "New folder…");
    await desk.getByLabel("Name of the folder").fill("Work");
    await desk.keyboard.press("Enter");
    await phone.getByRole("button", { name: "Work" }).click();
    await untilRows(phone, ["Bo"]);
    await phone.getByRole("button", { name: "All" }).click();

    await choose(phone, "Carla", "Archive");
    await untilRows(desk, ["Bo"]);
    await desk.getByRole("button", { name: /^Archived/ }).click();
    await untilRows(desk, ["Carla"]);
    assert.deepEqual(await findings(desk), []);
    await choose(desk, "Carla", "Take out of the archive");
    await untilRows(phone, ["Bo", "Carla"]);
    await desk.getByRole("button", { name: "Back to all chats" }).click();
    await choose(desk, "Bo", "Unpin");
    await untilRows(phone, ["Carla", "Bo"]);
  });

  it("[MSG-13] a draft goes from one device to the other, and is gone from both when it is sent", async () => {
    const [desk, phone] = await twoDevices();
    await openChat(desk, "Bo");
    await desk.getByLabel("Write to Bo").pressSequentially("Half a thou");
    // What was typed in the first second may come before the rest.
    await row(phone, "Bo").getByText("Half a thou").waitFor();
    await openChat(phone, "Bo");
    const box = phone.getByLabel("Write to Bo");
    await box.press("End");
    assert.equal(await box.inputValue(), "Half a thou");
    await box.pressSequentially("ght");
    await desk.waitForFunction(() => document.querySelector("textarea")?.value === "Half a thought");
    await box.press("Enter");
    await message(desk, "Half a thought").waitFor();
    await desk.waitForFunction(() => document.querySelector("textarea")?.value === "");
  });

  it("[MSG-15] a message is saved, found on the other device and opened at its place; deleted for me it is gone on both", async () => {
    const [desk, phone] = await twoDevices();
    await openChat(desk, "Carla");
    await write(desk, "The code of the door is 4711");
    await reached(desk, "4711", "sent");
    const menu = async (page: Page, text: string, item: string) => {
      await message(page, text).focus();
      await page.keyboard.press("Enter");
      await page.getByRole("menuitem", { name: item }).click();
    };
    await menu(desk, "4711", "Save message");
    await message(desk, "4711").getByRole("img", { name: "saved" }).waitFor();
    await phone.getByRole("button", { name: "Saved messages" }).click();
    const saved = phone.getByRole("dialog", { name: "Saved messages" });
    await saved.getByText("The code of the door is 4711").waitFor();
    assert.deepEqual(await findings(phone), []);
    await saved.getByRole("button", { name: /4711/ }).click();
    await message(phone, "4711").waitFor();
    assert.match(phone.url(), /\/c\/[a-z2-7]{26}\/\d+$/);
    // A dialog that goes gives the focus back, the message that is shown takes it, and a menu that is open by then closes.
    await saved.waitFor({ state: "detached" });
    await phone.waitForFunction(() => document.activeElement?.matches("article") === true);

    await menu(phone, "4711", "Delete for me");
    await phone.getByRole("alertdialog").getByRole("button", { name: "Delete for me" }).click();
    for (const page of [desk, phone]) await message(page, "4711").waitFor({ state: "detached" });
    await phone.reload();
    await message(phone, "Hello Carla").waitFor();
    assert.equal(await message(phone, "4711").count(), 0);
  });

  it("[MSG-15] a link opens the message at its place, or says that one is no member", async () => {
    const [desk] = await twoDevices();
    await openChat(desk, "Bo");
    for (let i = 0; i < 60; i += 1) await write(desk, `line ${i}`);
    await reached(desk, "line 59", "sent");
    const link = desk.url().replace(/(\/c\/[a-z2-7]{26}).*/, "$1/1");
    const other = await stage.browser.person();
    await signIn(other, stage.server.url, "anna");
    await other.goto(link);
    await message(other, "Hello Bo").waitFor();
    await other.waitForFunction(() => {
      const first = document.querySelector('[data-seq="1"]')?.getBoundingClientRect();
      return first !== undefined && first.top >= 0 && first.bottom <= innerHeight;
    });
    const stranger = await stage.browser.person();
    await signIn(stranger, stage.server.url, "carla");
    await stranger.goto(link);
    await stranger.getByText("This conversation is not here").waitFor();
    await other.goto(link.replace(/\/1$/, "/999999"));
    await other.getByText("This message is not here, or not yours to see.").waitFor();
  });

  it("[MSG-13] a message is scheduled, listed on both devices, changed and sent at its time", async () => {
    const [desk, phone] = await twoDevices();
    const bo = await stage.browser.person();
    await signIn(bo, stage.server.url, "bochen");
    await openChat(bo, "Anna");
    await openChat(desk, "Bo");
    await desk.getByLabel("Write to Bo").fill("Happy birthday");
    await desk.getByRole("button", { name: "Send later" }).click();
    await desk.getByRole("button", { name: "Tomorrow at 9" }).click();
    await desk.getByRole("button", { name: "Schedule", exact: true }).waitFor();
    assert.deepEqual(await findings(desk), []);
    await desk.getByRole("button", { name: "Schedule", exact: true }).click();
    await desk.getByText("It will be sent on").waitFor();
    assert.equal(await desk.getByLabel("Write to Bo").inputValue(), "");

    await phone.getByRole("button", { name: "Scheduled messages" }).click();
    const list = phone.getByRole("dialog", { name: "Scheduled messages" });
    await list.getByText("Happy birthday").waitFor();
    await list.getByRole("button", { name: "Change" }).click();
    const soon = new Date(Date.now() + SOON_MS);
    const local = new Date(soon.getTime() - soon.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
    await phone.getByLabel("Message", { exact: true }).fill("Happy birthday, Bo");
    await phone.getByLabel("Date and time").fill(local);
    await phone.getByRole("button", { name: "Schedule", exact: true }).click();
    await list.getByText("Happy birthday, Bo").waitFor();
    await stage.server.forward(SOON_MS);
    await message(desk, "Happy birthday, Bo").waitFor();
    await phone.getByText("Nothing is scheduled").waitFor();
    await bo.getByRole("button", { name: /jump to the latest/i }).click();
    await message(bo, "Happy birthday, Bo").waitFor();
    assert.equal(await message(bo, "Happy birthday").count(), 1);
  });
});
