import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import type { Page } from "playwright-core";
import { findings } from "./_util/axe.ts";
import {
  message,
  openChat,
  openChatWith,
  PHONE,
  reached,
  register,
  signIn,
  turnBackTo,
  write,
} from "./_util/browser.ts";
import { useStage } from "./_util/stage.ts";

describe("what becomes of messages, in two browsers", () => {
  const stage = useStage();

  before(async () => {
    const [anna, bo] = [await stage.browser.person(), await stage.browser.person()];
    await register(anna, stage.server.url, "anna", "Anna");
    await register(bo, stage.server.url, "bochen", "Bo");
    await openChatWith(anna, "boch", "Bo");
    await write(anna, "The first of all words");
    await openChat(bo, "Anna");
    await message(bo, "The first of all words").waitFor();
    await stage.browser.closePeople();
  });

  async function both(): Promise<readonly [anna: Page, bo: Page]> {
    const [anna, bo] = [await stage.browser.person(), await stage.browser.person()];
    await Promise.all([signIn(anna, stage.server.url, "anna"), signIn(bo, stage.server.url, "bochen")]);
    await openChat(anna, "Bo");
    await openChat(bo, "Anna");
    return [anna, bo];
  }
  const assertAccessible = async (page: Page, what: string) => assert.deepEqual(await findings(page), [], what);
  const menuOf = async (page: Page, text: string) => {
    await message(page, text).last().hover();
    await message(page, text).last().getByRole("button", { name: "More for this message" }).click();
  };
  const choose = (page: Page, item: string) => page.getByRole("menuitem", { name: item, exact: true }).click();

  it("[MSG-7] a reply quotes what it answers and leads there, also where it has to be fetched", async () => {
    const [anna, bo] = await both();
    await menuOf(bo, "The first of all words");
    await choose(bo, "Reply");
    await bo.getByText("Replying to").waitFor({ state: "attached" });
    await assertAccessible(bo, "a reply that is being written");
    await bo.keyboard.type("A word about that");
    await bo.keyboard.press("Enter");
    const quote = message(anna, "A word about that").getByRole("button", { name: /You.*The first of all words/ });
    await quote.waitFor();
    for (let n = 1; n <= 90; n += 1) await write(bo, `Chatter ${n}.`);
    await write(bo, "The last word");
    await message(anna, "The last word").waitFor();
    await anna.reload();
    await message(anna, "The last word").waitFor();
    assert.equal(await message(anna, "The first of all words").count(), 0);
    await menuOf(anna, "The last word");
    await choose(anna, "Reply");
    const strip = anna.getByText("Replying to");
    await strip.waitFor({ state: "attached" });
    await anna.waitForFunction(() => document.activeElement?.matches("textarea"));
    await anna.keyboard.press("Escape");
    await strip.waitFor({ state: "detached" });
    await turnBackTo(anna, "A word about that");
    await message(anna, "A word about that")
      .getByRole("button", { name: /The first of all words/ })
      .click();
    await anna.waitForFunction(() => document.activeElement?.textContent?.startsWith("The first of all words"));
  });

  it("[MSG-9] the last own message is edited by keyboard alone; both see it and its versions", async () => {
    const [anna, bo] = await both();
    await write(anna, "I wil come at **eight**");
    // The other may have it before one knows it sent, and only what is sent is edited.
    await reached(anna, "I wil come at eight", "read");
    const box = anna.getByRole("textbox", { name: "Write to Bo" });
    await box.press("ArrowUp");
    assert.equal(await box.inputValue(), "I wil come at **eight**");
    await assertAccessible(anna, "an edit that is being written");
    await box.fill("I will come at *nine*");
    await box.press("Enter");
    await message(bo, "I will come at nine").waitFor();
    assert.equal(await message(bo, "I wil come").count(), 0);
    await message(bo, "I will come at nine").locator("em").getByText("nine").waitFor();
    await message(bo, "I will come at nine").getByRole("button", { name: "edited" }).click();
    const versions = bo.getByRole("dialog", { name: "Versions of the message" });
    await versions.getByText("I wil come at eight").waitFor();
    await assertAccessible(bo, "the versions of a message");
    await box.fill("a draft");
    await menuOf(anna, "I will come at nine");
    await choose(anna, "Edit");
    assert.equal(await box.inputValue(), "I will come at *nine*");
    await box.press("Escape");
    assert.equal(await box.inputValue(), "a draft");
    await box.fill("");
  });

  it("[MSG-11] the list tells that a message was read, also in a page that has not opened its chat", async () => {
    const [anna] = await both();
    await write(anna, "Have you seen this");
    await reached(anna, "Have you seen this", "read");
    await anna.goto(stage.server.url);
    await anna.getByRole("link", { name: /^Bo/ }).locator("[data-delivery=read]").waitFor();
    assert.equal(await anna.getByRole("log").count(), 0);
  });

  it("[MSG-8] who was away learns that a message was taken back, and sees nothing of it any more", async () => {
    const [anna, bo] = await both();
    await write(anna, "Forget about this one");
    await message(bo, "Forget about this one").waitFor();
    await bo.context().setOffline(true);
    await menuOf(anna, "Forget about this one");
    await choose(anna, "Delete for everyone");
    await anna.getByRole("alertdialog").waitFor();
    await assertAccessible(anna, "the question before a message is deleted");
    await anna.getByRole("alertdialog").getByRole("button", { name: "Delete" }).click();
    await message(anna, "Forget about this one").waitFor({ state: "detached" });
    await message(anna, "Message removed").last().waitFor();
    await message(bo, "Forget about this one").waitFor();
    await bo.context().setOffline(false);
    await message(bo, "Forget about this one").waitFor({ state: "detached" });
    await message(bo, "Message removed").last().waitFor();
    // Nor does what reads new messages out.
    assert.equal(await bo.getByText("Forget about this one").count(), 0);
    await bo.reload();
    await message(bo, "Message removed").last().waitFor();
    assert.equal(await bo.getByText("Forget about this one").count(), 0);
  });

  it("[MSG-7] messages are picked and forwarded as one; a place and a card come along", async () => {
    const [anna, bo] = await both();
    await anna.getByRole("button", { name: "Add to the message" }).click();
    await choose(anna, "Location");
    const inDialog = () => document.activeElement?.closest("[role=dialog]") !== null;
    await anna.waitForFunction(inDialog);
    await anna.keyboard.press("Escape");
    await anna.waitForFunction(() => document.activeElement?.getAttribute("aria-label") === "Add to the message");
    await anna.keyboard.press("Enter");
    await choose(anna, "Location");
    await anna.waitForFunction(inDialog);
    await anna.getByLabel("Latitude").fill("52.52");
    await anna.getByLabel("Longitude").fill("13.405");
    await anna.getByLabel("Name of the place").fill("Berlin");
    await assertAccessible(anna, "a new location");
    await anna.getByRole("button", { name: "Send", exact: true }).last().click();
    const place = message(bo, "Berlin");
    await place.waitFor();
    assert.match(
      (await place.getByRole("link", { name: "OpenStreetMap" }).getAttribute("href")) ?? "",
      /openstreetmap/,
    );
    await anna.getByRole("button", { name: "Add to the message" }).click();
    await choose(anna, "Contact");
    await anna.getByRole("combobox", { name: "Handle" }).fill("boch");
    await anna.getByRole("option", { name: /Bo/ }).click();
    await message(bo, "@bochen").waitFor();
    await message(anna, "@bochen").getByRole("button", { name: "Message Bo" }).waitFor();
    await write(anna, "- one\n- two");
    await message(bo, "two").locator("li").first().waitFor();
    await assertAccessible(bo, "a place, a card and a list");

    await menuOf(anna, "Berlin");
    await choose(anna, "Select");
    await message(anna, "two").getByRole("checkbox").check();
    await anna.getByText("2 selected").waitFor();
    await assertAccessible(anna, "picked messages");
    await anna.keyboard.press("Escape");
    await anna.getByText("2 selected").waitFor({ state: "detached" });
    await menuOf(anna, "Berlin");
    await choose(anna, "Select");
    await message(anna, "two").getByRole("checkbox").check();
    await anna.getByRole("toolbar", { name: "Selected messages" }).getByRole("button", { name: "Forward" }).click();
    await anna.getByRole("option", { name: /Bo/ }).click();
    await assertAccessible(anna, "where to forward");
    await anna.getByRole("button", { name: "Forward", exact: true }).last().click();
    const collection = message(bo, "2 forwarded messages");
    await collection.waitFor();
    await collection
      .getByRole("button", { name: /2 forwarded messages/ })
      .first()
      .click();
    const dialog = bo.getByRole("dialog", { name: "2 forwarded messages" });
    await dialog.getByText("Berlin").waitFor();
    await assertAccessible(bo, "forwarded messages");
    await bo.keyboard.press("Escape");

    await write(bo, "Tell the others");
    await menuOf(anna, "Tell the others");
    await choose(anna, "Forward");
    await anna.getByRole("option", { name: /Bo/ }).click();
    await anna.getByRole("button", { name: "Forward", exact: true }).last().click();
    await message(bo, "Tell the others").getByText("Forwarded from Bo").waitFor();
  });

  it("[MSG-7] odd texts are words on the page, and nothing else", async () => {
    const [anna, bo] = await both();
    const odd = "[x](javascript:alert(1)) <img src=x onerror=alert(1)> data:text/html,y";
    await write(anna, odd);
    const shown = message(bo, "onerror");
    await shown.waitFor();
    assert.equal(await shown.locator(".bubble-text").textContent(), odd);
    assert.equal(await shown.locator("a, img").count(), 0);
  });

  it("[MSG-10] somebody is named by completion, and everybody by admins", async () => {
    const [anna, bo] = await both();
    await anna.getByRole("button", { name: "New chat" }).first().click();
    await anna.getByRole("button", { name: "Make a group instead" }).click();
    await anna.getByLabel("Group name").fill("Hikers");
    await anna.getByRole("combobox", { name: "Add people" }).fill("bochen");
    await anna.getByRole("option", { name: /Bo/ }).click();
    await anna.getByRole("button", { name: "Create group" }).click();
    const box = anna.getByRole("textbox", { name: "Write to Hikers" });
    await box.pressSequentially("Hey @bo");
    await anna.getByRole("option", { name: /Bo/ }).waitFor();
    await assertAccessible(anna, "members that are offered");
    await box.press("Enter");
    assert.equal(await box.inputValue(), "Hey @bochen ");
    await box.press("Enter");
    await box.pressSequentially("@ev");
    await anna.getByRole("option", { name: /Everyone/ }).click();
    assert.equal(await box.inputValue(), "@everyone ");
    await box.press("Enter");
    await openChat(bo, "Hikers");
    await message(bo, "@everyone").locator(".mention").waitFor();
    assert.equal(await message(bo, "Hey").locator(".mention").textContent(), "@bochen");
  });

  it("[CHAT-2] a long name without spaces ends in dots and moves nothing out of view", async () => {
    const anna = await stage.browser.person({ viewport: PHONE });
    await signIn(anna, stage.server.url, "anna");
    await anna.getByRole("button", { name: "New chat" }).first().click();
    await anna.getByRole("button", { name: "Make a group instead" }).click();
    await anna.getByLabel("Group name").fill("G".repeat(100));
    await anna.getByRole("button", { name: "Create group" }).click();
    await anna.locator(".system-line").first().waitFor();
    for (const place of [".conversation-title", ".chat-begin-title", ".chat-begin .avatar", ".system-line"]) {
      const box = await anna.locator(place).first().boundingBox();
      assert(box !== null && box.x >= 0 && box.x + box.width <= PHONE.width, `${place} ${JSON.stringify(box)}`);
    }
    await assertAccessible(anna, "a group with a long name");
  });

  it("on a phone, a finger that rests on a message opens its menu, and leaves it open when it is lifted", async () => {
    const bo = await stage.browser.person({ viewport: PHONE, hasTouch: true });
    await signIn(bo, stage.server.url, "bochen");
    await openChat(bo, "Anna");
    const box = await message(bo, "Tell the others").last().locator(".bubble").boundingBox();
    assert(box !== null);
    const touch = await bo.context().newCDPSession(bo);
    const touchPoints = [{ x: box.x + box.width / 2, y: box.y + box.height / 2 }];
    await touch.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints });
    const menu = bo.getByRole("menu", { name: "What to do with this message" });
    await menu.waitFor();
    await touch.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
    await bo.waitForTimeout(500);
    assert.equal(await menu.count(), 1);
    await menu.getByRole("menuitem", { name: "Reply" }).click();
    await bo.getByText("Replying to").waitFor({ state: "attached" });
  });

  it("on a phone, all of it fits", async () => {
    const bo = await stage.browser.person({ viewport: PHONE, hasTouch: true });
    await signIn(bo, stage.server.url, "bochen");
    await openChat(bo, "Anna");
    await message(bo, "Tell the others").last().waitFor();
    const wide = await bo.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.equal(wide, 0);
    await assertAccessible(bo, "the conversation on a phone");
  });
});
