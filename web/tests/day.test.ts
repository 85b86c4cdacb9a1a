import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Page } from "playwright-core";
import { findings } from "./_util/axe.ts";
import {
  menuFocused,
  message,
  openChat,
  openChatWith,
  PHONE,
  reached,
  register,
  TestBrowser,
  write,
} from "./_util/browser.ts";
import { Server } from "./_util/server.ts";
import { shot } from "./_util/shots.ts";

const menuOf = async (page: Page, text: string, item: string) => {
  await message(page, text).last().focus();
  await page.keyboard.press("Enter");
  await page.getByRole("menuitem", { name: item, exact: true }).click();
};
const attach = async (page: Page, what: string) => {
  await page.getByRole("button", { name: "Add to the message" }).click();
  await page.getByRole("menuitem", { name: what }).click();
};
/** On a phone one thing is on the screen at a time. */
const back = (page: Page) => page.getByRole("button", { name: "Back", exact: true }).first().click();
/** A look at the screen in words and in a picture. */
const look = async (page: Page, name: string) => {
  await shot(page, name);
  assert.deepEqual(await findings(page), [], name);
};

describe("a day", () => {
  let server: Server;
  let browser: TestBrowser;

  before(async () => {
    [server, browser] = await Promise.all([Server.start(), TestBrowser.launch()]);
  });
  after(async () => {
    await browser.close();
    await server.remove();
  });

  it("[CLI-1] of two people and a group: Anna at her desk, Bo on his phone in the dark, Carla joins", async () => {
    const anna = await browser.person();
    const bo = await browser.person({ viewport: PHONE, colorScheme: "dark" });
    const carla = await browser.person({ colorScheme: "dark" });

    // In the morning they get to know each other.
    await register(anna, server.url, "anna", "Anna Berg");
    await register(bo, server.url, "bochen", "Bo Chen");
    await look(bo, "01-phone-empty");
    await openChatWith(bo, "anna", "Anna Berg");
    await write(bo, "Good morning! It is **Bo**, from the *choir*. Shall we hike on Sunday?");
    await back(bo);
    await openChat(anna, "Bo Chen");
    await menuOf(anna, "Shall we hike", "Reply");
    await write(anna, "With pleasure. I ask Carla too");
    await anna.getByRole("button", { name: "Show details" }).click();
    await anna.getByRole("button", { name: "Add to contacts" }).click();
    await anna.getByRole("button", { name: "Send request" }).click();
    await bo.getByRole("button", { name: "Contacts: 1 person asks" }).click();
    await bo.getByRole("button", { name: "Accept Anna Berg" }).click();
    await bo.getByRole("button", { name: "Accept Anna Berg" }).waitFor({ state: "detached" });
    await look(bo, "02-phone-contacts");
    await back(bo);
    await anna.getByRole("button", { name: "Remove from contacts" }).waitFor();
    await look(anna, "03-desk-person");

    // A group, with a link for Carla, who is nobody's contact.
    await anna.getByRole("button", { name: "Make a group with Bo Chen" }).click();
    await anna.getByLabel("Group name").fill("Sunday hike");
    await anna.getByRole("button", { name: "Create group" }).click();
    await anna.getByLabel("Write to Sunday hike").waitFor();
    await register(carla, server.url, "carla", "Carla Díaz");
    await openChatWith(anna, "carla", "Carla Díaz");
    await write(anna, "Do you come along on Sunday?");
    await openChat(carla, "Anna Berg");
    await write(carla, "Sure, where do you meet?");
    await message(anna, "where do you meet").waitFor();
    await openChat(anna, "Sunday hike");
    await anna.getByRole("button", { name: "Add somebody" }).click();
    await anna.getByRole("combobox", { name: "Add people" }).fill("carla");
    await anna.getByRole("option", { name: /Carla/ }).click();
    await openChat(carla, "Sunday hike");
    await carla.getByRole("log").getByText("Anna Berg added you").waitFor();

    // They decide.
    await attach(anna, "Poll");
    await anna.getByLabel("Question").fill("Which hut?");
    await anna.getByLabel("Answer 1", { exact: true }).fill("Alpine hut");
    await anna.getByLabel("Answer 2", { exact: true }).fill("Valley inn");
    await anna.getByRole("button", { name: "Ask" }).click();
    await openChat(bo, "Sunday hike");
    const vote = (page: Page, option: string) =>
      message(page, "Which hut?").getByRole("button", { name: new RegExp(`^${option}`) });
    await vote(bo, "Alpine hut").click();
    await vote(carla, "Alpine hut").getByText("1 vote").waitFor();
    await vote(carla, "Alpine hut").click();
    await vote(anna, "Alpine hut").getByText("2 votes").waitFor();
    await write(carla, "The train leaves at 8:12:\n- platform 4\n- tickets on board");
    await menuOf(anna, "The train leaves", "Pin");
    await bo.getByRole("button", { name: /^Pinned message/ }).waitFor();
    await menuOf(bo, "The train leaves", "React with 👍");
    await message(carla, "The train leaves").getByRole("button", { name: /^👍 1/ }).waitFor();
    await look(bo, "04-phone-group");
    await look(anna, "05-desk-group");

    // Something goes wrong, and is put right.
    await write(carla, "I bring cake, 3 pieces");
    await carla.getByRole("textbox", { name: /^Write to/ }).press("ArrowUp");
    await carla.getByRole("textbox", { name: /^Write to/ }).fill("I bring cake, 13 pieces");
    await carla.keyboard.press("Enter");
    await message(anna, "13 pieces").getByRole("button", { name: "edited" }).waitFor();
    await write(bo, "Who is Carla, by the way?");
    await message(carla, "Who is Carla").waitFor();
    await menuOf(bo, "Who is Carla", "Delete for everyone");
    await bo.getByRole("alertdialog").waitFor();
    await look(bo, "06-phone-question");
    await bo.getByRole("alertdialog").getByRole("button", { name: "Delete" }).click();
    await message(carla, "Who is Carla").waitFor({ state: "detached" });
    await message(carla, "Message removed").waitFor();

    // Bo is in a tunnel, and writes all the same.
    await bo.context().setOffline(true);
    await write(bo, "In the tunnel");
    await reached(bo, "In the tunnel", "sending");
    await look(bo, "07-phone-offline");
    await bo.context().setOffline(false);
    await message(anna, "In the tunnel").waitFor({ timeout: 60_000 });
    await reached(bo, "In the tunnel", "read");

    // In the evening Anna wants her peace.
    await anna.getByRole("link", { name: /^Sunday hike/ }).focus();
    await anna.keyboard.press("Shift+F10");
    await menuFocused(anna);
    await anna.getByRole("menuitem", { name: "Pin to the top" }).press("Enter");
    await anna
      .getByRole("link", { name: /^Sunday hike/ })
      .getByRole("img", { name: "pinned" })
      .waitFor();
    await openChat(anna, "Carla Díaz");
    await anna.getByRole("textbox", { name: /^Write to/ }).fill("Sleep well");
    await message(anna, "where do you meet").waitFor();
    await look(anna, "08-desk-evening");
    await look(carla, "09-desk-dark-group");
    await anna.getByRole("button", { name: "Settings" }).click();
    await anna.getByRole("heading", { name: "Account", exact: true }).waitFor();
    await look(anna, "10-desk-settings");
    await back(bo);
    await bo.getByRole("link", { name: /^Sunday hike/ }).waitFor();
    await look(bo, "11-phone-chats");
    assert.deepEqual(browser.takeTroubles(), []);
  });
});
