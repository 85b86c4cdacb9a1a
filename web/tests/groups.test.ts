import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Page } from "playwright-core";
import { findings } from "./_util/axe.ts";
import { message, openChat, openChatWith, PHONE, register, signIn, write } from "./_util/browser.ts";
import { useStage } from "./_util/stage.ts";

/** The group details, where they are not open already. */
async function showDetails(page: Page) {
  await page.getByRole("button", { name: "Show details" }).click();
  await page.getByRole("complementary", { name: "Details" }).waitFor();
}

async function choose(page: Page, person: string, what: string) {
  await page.getByRole("button", { name: `More for ${person}` }).click();
  await page.getByRole("menuitem", { name: what }).click();
}

describe("a group and those who govern it", () => {
  const stage = useStage();

  it("[CHAT-2] a conversation becomes a group, which is renamed and described", async () => {
    const anna = await stage.browser.person();
    const bo = await stage.browser.person();
    await register(anna, stage.server.url, "anna", "Anna");
    await register(bo, stage.server.url, "bochen", "Bo");
    await openChatWith(anna, "bochen", "Bo");
    await write(anna, "Shall we make a group?");
    await showDetails(anna);
    await anna.getByRole("button", { name: "Make a group with Bo" }).click();
    await anna.getByLabel("Group name").fill("Hikers");
    await anna.getByRole("button", { name: "Create group" }).click();
    await openChat(bo, "Hikers");

    await anna.getByRole("button", { name: "Edit group" }).click();
    await anna.getByLabel("Group name").fill("Mountain hikers");
    await anna.getByLabel("Description").fill("Every Sunday,\nwhatever the weather");
    await anna.getByRole("button", { name: "Save" }).click();
    await bo.getByRole("log").getByText("Anna renamed the group to “Mountain hikers”").waitFor();
    await bo.locator(".conversation-title").getByText("Mountain hikers").waitFor();
    await bo.getByRole("link", { name: /^Mountain hikers/ }).waitFor();
    await showDetails(bo);
    await bo.getByText("whatever the weather").waitFor();
    assert.equal(await bo.getByRole("button", { name: "Edit group" }).count(), 0);
  });

  it("[CHAT-3] [CHAT-5] somebody is muted, let write again, made an admin, and removed", async () => {
    const anna = await stage.browser.person();
    const bo = await stage.browser.person();
    await signIn(anna, stage.server.url, "anna");
    await signIn(bo, stage.server.url, "bochen");
    await openChat(anna, "Mountain hikers");
    await openChat(bo, "Mountain hikers");
    await showDetails(anna);

    await choose(anna, "Bo", "Mute for an hour");
    await bo.getByText(/An admin has muted you until/).waitFor();
    assert.equal(await bo.getByRole("textbox", { name: /^Write to/ }).count(), 0);
    await bo
      .getByRole("log")
      .getByText(/Anna muted you until/)
      .waitFor();
    await anna.getByText("Muted", { exact: true }).waitFor();
    await choose(anna, "Bo", "Let them write again");
    await write(bo, "Thank you");
    await message(anna, "Thank you").waitFor();

    await choose(anna, "Bo", "Make admin");
    await bo.getByRole("log").getByText("Anna made you an admin").waitFor();
    await showDetails(bo);
    await bo.getByRole("button", { name: "Edit group" }).waitFor();
    await anna.getByText("Admin", { exact: true }).waitFor();
    await choose(anna, "Bo", "Take admin rights away");
    await bo.getByRole("button", { name: "Edit group" }).waitFor({ state: "detached" });

    await anna.getByLabel("Slow mode").selectOption("1 minute");
    await bo.getByText("One message in 1 minute.").waitFor();
    await bo.getByText(/Slow mode: you can send again in/).waitFor();
    const box = bo.getByRole("textbox", { name: /^Write to/ });
    await box.fill("Too soon");
    assert.ok(await bo.getByRole("button", { name: "Send", exact: true }).isDisabled());
    await box.press("Enter");
    assert.equal(await box.inputValue(), "Too soon", "what was written stays");
    await anna.getByLabel("Slow mode").selectOption("Off");
    await bo.getByRole("button", { name: "Send", exact: true }).click();
    await message(anna, "Too soon").waitFor();

    await anna.getByLabel("Only admins write").check();
    await bo.getByText("Only admins write in this group.").waitFor();
    await write(anna, "An announcement");
    await message(bo, "An announcement").waitFor();

    await anna.getByLabel("Only admins write").uncheck();
    await bo.getByRole("textbox", { name: /^Write to/ }).waitFor();

    await choose(anna, "Bo", "Remove from the group");
    await anna.getByRole("alertdialog").getByRole("button", { name: "Remove" }).click();
    await bo.getByText("You are no longer in “Mountain hikers”").waitFor();
    await anna.getByRole("button", { name: "More for Bo" }).waitFor({ state: "detached" });
  });

  it("[CHAT-3] [CLI-6] by keyboard alone a group goes to another owner, and is deleted by its name", async () => {
    const anna = await stage.browser.person({ viewport: PHONE, colorScheme: "dark" });
    const bo = await stage.browser.person();
    await signIn(anna, stage.server.url, "anna");
    await signIn(bo, stage.server.url, "bochen");
    await openChat(anna, "Mountain hikers");
    await showDetails(anna);
    await anna.getByRole("button", { name: "Add somebody" }).focus();
    await anna.keyboard.press("Enter");
    await anna.getByRole("combobox", { name: "Add people" }).fill("bochen");
    await anna.getByRole("option", { name: /Bo/ }).waitFor();
    await anna.keyboard.press("Enter");
    await openChat(bo, "Mountain hikers");

    await anna.getByRole("button", { name: "More for Bo" }).focus();
    await anna.keyboard.press("Enter");
    await anna.getByRole("menuitem", { name: "Make admin" }).waitFor();
    assert.deepEqual(await findings(anna), [], "member menu");
    await anna.keyboard.press("ArrowDown");
    await anna.keyboard.press("Enter");
    await anna.getByRole("alertdialog", { name: "Make Bo the owner of this group?" }).waitFor();
    assert.deepEqual(await findings(anna), [], "transfer");
    await anna.keyboard.press("Tab");
    await anna.keyboard.press("Enter");
    await bo.getByRole("log").getByText("Anna made you the owner of the group").waitFor();
    await anna.getByRole("button", { name: "Leave group" }).waitFor();

    await showDetails(bo);
    await bo.getByRole("button", { name: "Delete group" }).focus();
    await bo.keyboard.press("Enter");
    const typed = bo.getByLabel("Type “Mountain hikers” to go on");
    await typed.fill("Mountain bikers");
    const deletes = bo.getByRole("dialog").getByRole("button", { name: "Delete group" });
    assert.ok(await deletes.isDisabled());
    assert.deepEqual(await findings(bo), [], "deletion");
    await typed.fill("mountain hikers");
    await bo.keyboard.press("Enter");
    await anna.getByText("You are no longer in “Mountain hikers”").waitFor();
    await anna.getByRole("link", { name: /^Mountain hikers/ }).waitFor({ state: "detached" });
  });
});
