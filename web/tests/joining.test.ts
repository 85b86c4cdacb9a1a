import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import type { Page } from "playwright-core";
import { findings } from "./_util/axe.ts";
import { openChat, PHONE, register, signIn, WIDE, write } from "./_util/browser.ts";
import { useStage } from "./_util/stage.ts";

async function createGroup(page: Page, name: string): Promise<void> {
  await page.getByRole("button", { name: "New chat", exact: true }).click();
  await page.getByRole("button", { name: "Make a group instead" }).click();
  await page.getByLabel("Group name").fill(name);
  await page.getByRole("button", { name: "Create group" }).click();
  await page.getByLabel(`Write to ${name}`).waitFor();
}

const details = (page: Page) => page.getByRole("complementary", { name: "Details" });

/** From here on anybody with a link, or anybody at all, may come in some way. */
async function setPolicy(page: Page, policy: string): Promise<void> {
  await details(page).getByLabel("Who can join").selectOption({ label: policy });
}

describe("[CHAT-4] joining", () => {
  const stage = useStage("--lobby", "on");

  before(async () => {
    for (const [handle, name] of [
      ["anna", "Anna"],
      ["bochen", "Bo"],
    ] as const) {
      await register(await stage.browser.person(), stage.server.url, handle, name);
    }
    await stage.browser.closePeople();
  });

  it("an invite link made on an insecure page leads somebody new through the registration into the group, once", async () => {
    const anna = await stage.browser.person();
    await signIn(anna, stage.server.insecureUrl, "anna");
    await createGroup(anna, "Garden");
    await anna.getByRole("button", { name: "Show details" }).click();
    await details(anna).getByText("Invite links do not work while the group is closed.").waitFor();
    await setPolicy(anna, "With an invite link");
    const form = details(anna).getByRole("region", { name: "Invite links" });
    await form.getByRole("radio", { name: "1", exact: true }).check();
    await form.getByRole("radio", { name: "1 week" }).check();
    await form.getByRole("button", { name: "Create a link" }).press("Enter");
    await form.getByText("For 1 more person").waitFor();
    assert.deepEqual(await findings(anna), []);
    await form.getByRole("button", { name: "Copy link" }).press("Enter");
    await anna.getByText("Copied").waitFor();
    const link = (await form.locator("code").textContent()) ?? "";
    assert.match(link, /^http:\/\/chat\.test:\d+\/#join=[a-z2-7]{26}$/);

    const cleo = await stage.browser.person();
    await cleo.goto(link);
    await cleo.getByText("Sign in or create an account to see the group").waitFor();
    await cleo.getByRole("button", { name: "New here? Create an account" }).click();
    await cleo.getByLabel("Handle").fill("cleopatra");
    await cleo.getByLabel("Your name").fill("Cleo");
    await cleo.getByLabel("Password", { exact: true }).fill("vivid-otter-lantern-42");
    await cleo.getByRole("button", { name: "Create account" }).click();
    const dialog = cleo.getByRole("dialog", { name: "Join a group" });
    await dialog.getByText("Garden").waitFor();
    assert.equal(new URL(cleo.url()).hash, "", "a reload does not ask again");
    assert.deepEqual(await findings(cleo), []);
    await dialog.getByRole("button", { name: "Join", exact: true }).press("Enter");
    await cleo.getByLabel("Write to Garden").waitFor();
    await write(cleo, "what a nice place");
    await anna.getByText("Cleo joined by an invite link").last().waitFor();

    const bo = await stage.browser.person();
    await signIn(bo, stage.server.insecureUrl, "bochen");
    await bo.goto(link);
    await bo.getByText("This invite link does not work, or not any more.").waitFor();
  });

  it("somebody finds a group, asks, takes it back, asks again, and is let in by who sees the badge", async () => {
    const anna = await stage.browser.person();
    const bo = await stage.browser.person();
    await signIn(anna, stage.server.url, "anna");
    await createGroup(anna, "Choir");
    await anna.getByRole("button", { name: "Show details" }).click();
    await setPolicy(anna, "On request");
    await anna.getByRole("button", { name: "Hide details" }).first().click();

    await signIn(bo, stage.server.url, "bochen");
    await bo.getByRole("button", { name: "New chat", exact: true }).press("Enter");
    await bo.getByRole("button", { name: "Discover groups" }).press("Enter");
    const directory = bo.getByRole("dialog", { name: "Discover groups" });
    await directory.getByText("By asking").waitFor();
    assert.deepEqual(await findings(bo), []);
    await directory.getByRole("button", { name: /^Choir/ }).press("Enter");
    const dialog = bo.getByRole("dialog", { name: "Join a group" });
    await dialog.getByLabel("A few words to the admins").fill("I sing bass");
    await dialog.getByRole("button", { name: "Ask to join" }).press("Enter");
    await dialog.getByText("You have asked.").waitFor();
    await anna.getByRole("button", { name: "Show details: 1 person asks to join" }).waitFor();
    await dialog.getByRole("button", { name: "Take it back" }).press("Enter");
    await anna.getByRole("button", { name: "Show details", exact: true }).waitFor();
    await dialog.getByLabel("A few words to the admins").fill("I sing bass");
    await dialog.getByRole("button", { name: "Ask to join" }).press("Enter");
    await anna.getByRole("button", { name: "Show details: 1 person asks to join" }).click();
    await details(anna).getByText("I sing bass").waitFor();
    assert.deepEqual(await findings(anna), []);
    await details(anna).getByRole("button", { name: "Let in Bo" }).press("Enter");
    await dialog.getByRole("button", { name: "Open the group" }).press("Enter");
    await bo.getByLabel("Write to Choir").waitFor();
    await anna.getByText("Bo was let in").last().waitFor();
    await details(anna).getByText("I sing bass").waitFor({ state: "detached" });
  });

  it("an invitation comes with a badge and is accepted by keyboard alone", async () => {
    const anna = await stage.browser.person();
    const bo = await stage.browser.person();
    await signIn(anna, stage.server.url, "anna");
    await signIn(bo, stage.server.url, "bochen");
    await createGroup(anna, "Secret");
    await anna.getByRole("button", { name: "Show details" }).click();
    await details(anna).getByRole("button", { name: "Invite somebody" }).press("Enter");
    const finder = anna.getByRole("dialog", { name: "Invite to Secret" });
    await finder.getByRole("combobox").fill("bochen");
    await finder.getByRole("option", { name: /Bo/ }).waitFor();
    await finder.getByRole("combobox").press("Enter");
    await anna.getByText("Bo is invited").waitFor();
    await bo.getByRole("button", { name: "1 invitation to a group" }).press("Enter");
    const dialog = bo.getByRole("dialog", { name: "Invitations" });
    await dialog.getByText("Anna invites you").waitFor();
    assert.deepEqual(await findings(bo), []);
    await dialog.getByRole("button", { name: "Join Secret" }).press("Enter");
    await bo.getByLabel("Write to Secret").waitFor();
    await anna.getByText("Bo accepted an invitation").last().waitFor();
    await bo.getByRole("button", { name: /invitation/ }).waitFor({ state: "detached" });
  });

  it("[CHAT-6] the lobby is there for everybody, and says so", async () => {
    const [anna, bo] = [await stage.browser.person(), await stage.browser.person()];
    await signIn(anna, stage.server.url, "anna");
    await signIn(bo, stage.server.url, "bochen");
    for (const page of [anna, bo]) await openChat(page, "Lobby");
    await write(anna, "good morning everybody");
    await bo.getByRole("article").filter({ hasText: "good morning everybody" }).waitFor();
    await bo.getByRole("button", { name: "Show details" }).click();
    await details(bo).getByText("Everybody on this server").waitFor();
    assert.equal(await details(bo).getByRole("button", { name: "Leave group" }).count(), 0);
    assert.deepEqual(await findings(bo), []);
  });

  it("fits and is clean in both themes, wide and narrow", async () => {
    const folder = process.env.SCREENSHOTS;
    const anna = await stage.browser.person();
    await signIn(anna, stage.server.url, "anna");
    await openChat(anna, "Garden");
    await anna.getByRole("button", { name: "Show details" }).click();
    await details(anna).getByRole("region", { name: "Invite links" }).waitFor();
    await details(anna).getByRole("radio", { name: "Never" }).check();
    await details(anna).getByRole("radio", { name: "Any number" }).check();
    await details(anna).getByRole("button", { name: "Create a link" }).click();
    await details(anna).getByText("For everybody").waitFor();
    for (const [size, viewport] of Object.entries({ wide: WIDE, phone: PHONE })) {
      await anna.setViewportSize(viewport);
      for (const colorScheme of ["light", "dark"] as const) {
        await anna.emulateMedia({ colorScheme });
        // The colours begin to change with the next picture.
        await anna.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
        assert.deepEqual(await findings(anna), [], `${size} ${colorScheme}`);
        const overflow = await anna.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(overflow <= 0, `${size}: ${overflow} px too wide`);
        if (folder === undefined) continue;
        await details(anna).getByRole("region", { name: "Invite links" }).scrollIntoViewIfNeeded();
        await anna.screenshot({ path: `${folder}/door-${size}-${colorScheme}.png` });
      }
    }
  });
});
