import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import type { Page } from "playwright-core";
import { findings } from "./_util/axe.ts";
import { menuFocused, message, openChat, openChatWith, register, signIn, write } from "./_util/browser.ts";
import { useStage } from "./_util/stage.ts";

describe("what people do to messages, in two browsers", () => {
  const stage = useStage();

  before(async () => {
    const anna = await stage.browser.person();
    const bo = await stage.browser.person();
    await register(anna, stage.server.url, "anna", "Anna");
    await register(bo, stage.server.url, "bochen", "Bo");
    await openChatWith(anna, "boch", "Bo");
    await write(anna, "Shall we hike on Sunday?");
    await openChat(bo, "Anna");
    await message(bo, "Shall we hike").waitFor();
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
    await message(page, text).hover();
    await message(page, text).getByRole("button", { name: "More for this message" }).click();
  };

  it("[MSG-9] both react, live: one by mouse, one by keyboard alone, and with any emoji", async () => {
    const [anna, bo] = await both();
    await menuOf(bo, "Shall we hike");
    await bo.getByRole("menuitem", { name: "React with 🎉" }).click();
    const chip = message(anna, "Shall we hike").getByRole("button", { name: "🎉 1: Bo" });
    await chip.waitFor();
    await chip.click();
    await message(bo, "Shall we hike").getByRole("button", { name: "🎉 2: You, Anna" }).waitFor();

    await bo.getByRole("textbox", { name: "Write to Anna" }).focus();
    await message(bo, "Shall we hike").focus();
    await bo.keyboard.press("Enter");
    await bo.getByRole("menuitem", { name: "React with 👍" }).waitFor();
    await menuFocused(bo);
    await bo.keyboard.press("ArrowDown");
    await bo.keyboard.press("Enter");
    await message(anna, "Shall we hike").getByRole("button", { name: "👍 1: Bo" }).waitFor();

    await menuOf(anna, "Shall we hike");
    await anna.getByRole("menuitem", { name: "Another reaction" }).click();
    await anna.getByLabel("Search emoji").fill("snowman");
    await anna
      .getByRole("gridcell", { name: /snowman/ })
      .first()
      .waitFor();
    await assertAccessible(anna, "the emoji picker");
    await anna.keyboard.press("Enter");
    await message(bo, "Shall we hike")
      .getByRole("button", { name: /^[☃⛄]️? 1: Anna/ })
      .waitFor();

    // Withdrawn by a touch, and there again after a reload.
    await message(bo, "Shall we hike").getByRole("button", { name: /^👍 1/ }).click();
    await message(anna, "Shall we hike").getByRole("button", { name: /^👍/ }).waitFor({ state: "detached" });
    await anna.reload();
    await message(anna, "Shall we hike")
      .getByRole("button", { name: /^🎉 2: You, Bo/ })
      .waitFor();
    await assertAccessible(anna, "reactions");

    await menuOf(anna, "Shall we hike");
    await anna.getByRole("menuitem", { name: "Read by" }).click();
    const dialog = anna.getByRole("dialog", { name: "Read by" });
    await dialog.getByText("Read by 1").waitFor();
    await dialog.getByText("🎉 2").waitFor();
    await assertAccessible(anna, "who has read");
  });

  it("[MSG-9] a pinned message stands above both, is jumped to, and is gone when it is unpinned", async () => {
    const [anna, bo] = await both();
    for (let n = 1; n <= 40; n += 1) await write(bo, `Chatter ${n}.`);
    await write(anna, "The hut has number 0170");
    await menuOf(anna, "The hut has number");
    await anna.getByRole("menuitem", { name: "Pin" }).click();
    const bar = bo.getByRole("button", { name: /^Pinned message/ });
    await bar.getByText("Anna: The hut has number 0170").waitFor();
    await bo.getByRole("log").getByText("Anna pinned a message").waitFor();
    for (let n = 41; n <= 80; n += 1) await write(bo, `Chatter ${n}.`);
    await menuOf(anna, "Chatter 80.");
    await anna.getByRole("menuitem", { name: "Pin" }).click();
    await bar.getByText("You: Chatter 80.").waitFor();
    await bo.getByRole("button", { name: "Show all 2 pinned messages" }).click();
    const list = bo.getByRole("dialog", { name: "Pinned messages" });
    await list.getByRole("button", { name: /The hut has number/ }).waitFor();
    await assertAccessible(bo, "the pinned messages");
    await list.getByRole("button", { name: /The hut has number/ }).click();
    await message(bo, "The hut has number").waitFor();
    await bo.waitForFunction(() => document.activeElement?.textContent?.includes("The hut has number"));
    await bo.getByRole("button", { name: "Show all 2 pinned messages" }).click();
    await list.getByRole("button", { name: "Unpin" }).first().click();
    await anna
      .getByRole("button", { name: /^Pinned message/ })
      .getByText("The hut has number")
      .waitFor();
    await bo.reload();
    await bar.getByText("Anna: The hut has number 0170").waitFor();
  });

  it("emoji come into a text by their shortcodes, and from the picker at the caret", async () => {
    const [anna] = await both();
    const box = anna.getByRole("textbox", { name: "Write to Bo" });
    await box.pressSequentially("Hooray :tad");
    await anna.getByRole("option", { name: ":tada:" }).waitFor();
    await assertAccessible(anna, "shortcodes");
    await anna.keyboard.press("Enter");
    await box.pressSequentially("and :rocket:");
    assert.equal(await box.inputValue(), "Hooray 🎉 and 🚀");
    await anna.keyboard.press("Home");
    await anna.getByRole("button", { name: "Emoji", exact: true }).click();
    await anna.getByLabel("Search emoji").fill("sunflower");
    await anna
      .getByRole("gridcell", { name: /sunflower/ })
      .first()
      .click();
    assert.equal(await box.inputValue(), "🌻Hooray 🎉 and 🚀");
    await anna.keyboard.press("Enter");
    await message(anna, "🌻Hooray").waitFor();
  });

  it("[MSG-13] a poll: asked, voted by two, counted live, closed", async () => {
    const [anna, bo] = await both();
    await anna.getByRole("button", { name: "Add to the message" }).click();
    await anna.getByRole("menuitem", { name: "Poll" }).click();
    await anna.getByLabel("Question").fill("Which hut?");
    await anna.getByLabel("Answer 1", { exact: true }).fill("Alpine");
    await anna.getByLabel("Answer 2", { exact: true }).fill("Valley");
    await assertAccessible(anna, "a new poll");
    await anna.getByRole("button", { name: "Ask" }).click();

    const vote = (page: Page, option: string) =>
      message(page, "Which hut?").getByRole("button", { name: new RegExp(`^${option}`) });
    await vote(anna, "Alpine").click();
    await vote(bo, "Alpine").getByText("1 vote").waitFor();
    await vote(bo, "Valley").click();
    await vote(anna, "Valley").getByText("1 vote").waitFor();
    await vote(bo, "Alpine").click();
    await vote(anna, "Alpine").getByText("2 votes").waitFor();
    const pressed = (page: Page, option: string, is: boolean) =>
      message(page, "Which hut?").getByRole("button", { name: new RegExp(`^${option}`), pressed: is });
    // The other may see it first.
    await pressed(bo, "Alpine", true).waitFor();
    await pressed(bo, "Valley", false).waitFor();
    await assertAccessible(bo, "a poll");
    await menuOf(anna, "Which hut?");
    await anna.getByRole("menuitem", { name: "Close poll" }).click();
    await anna.getByRole("alertdialog").getByRole("button", { name: "Close poll" }).click();
    await message(bo, "Which hut?").getByText("closed").waitFor();
    assert.equal(await vote(bo, "Valley").isDisabled(), true);
  });
});
