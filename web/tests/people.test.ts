import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import type { Page } from "playwright-core";
import { findings } from "./_util/axe.ts";
import { openChat, openChatWith, PHONE, register, signIn, WIDE, write } from "./_util/browser.ts";
import { useStage } from "./_util/stage.ts";

/** A picture as a camera makes it: large, and not easily made small. */
function noise(page: Page): Promise<string> {
  return page.evaluate(() => {
    const canvas = document.createElement("canvas");
    canvas.width = 900;
    canvas.height = 600;
    const context = canvas.getContext("2d") as CanvasRenderingContext2D;
    const pixels = context.createImageData(900, 600);
    let state = 1;
    for (let at = 0; at < pixels.data.length; at += 1) {
      state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
      pixels.data[at] = at % 4 === 3 ? 255 : state >>> 16;
    }
    context.putImageData(pixels, 0, 0);
    return canvas.toDataURL("image/png").split(",")[1] ?? "";
  });
}

const openContacts = (page: Page) => page.getByRole("button", { name: /^Contacts/ }).click();
const openProfile = async (page: Page, name: string) => {
  await page.getByRole("button", { name: new RegExp(`^${name}`) }).click();
  return page.getByRole("dialog", { name: "Profile" });
};

describe("people", () => {
  const stage = useStage();

  before(async () => {
    const anna = await stage.browser.person();
    const bo = await stage.browser.person();
    await register(anna, stage.server.url, "anna", "Anna");
    await register(bo, stage.server.url, "bochen", "Bo");
    await openChatWith(bo, "anna", "Anna");
    await stage.browser.closePeople();
  });

  it("[DIR-3] a picture is cut, made small, stored, and seen by others, also from a page without https", async () => {
    const anna = await stage.browser.person();
    const bo = await stage.browser.person();
    await signIn(anna, stage.server.insecureUrl, "anna");
    await anna.getByRole("button", { name: "Settings" }).click();
    const buffer = Buffer.from(await noise(anna), "base64");
    await anna.getByLabel("Picture file").setInputFiles({ name: "me.png", mimeType: "image/png", buffer });
    const dialog = anna.getByRole("dialog", { name: "Your picture" });
    await dialog.getByRole("radio", { name: "Square" }).check();
    await dialog.getByLabel("Zoom").fill("2");
    assert.deepEqual(await findings(anna), []);
    await dialog.getByRole("button", { name: "Use this picture" }).click();
    await dialog.waitFor({ state: "hidden" });
    await anna.locator(".me-card img").waitFor();

    await signIn(bo, stage.server.url, "bochen");
    await openChat(bo, "Anna");
    const picture = bo.locator(".conversation-head img");
    await picture.waitFor();
    const size = await picture.evaluate(async (image: HTMLImageElement) => {
      await image.decode();
      return [image.naturalWidth, image.naturalHeight];
    });
    assert.equal(size[0], size[1]);
    await anna.getByRole("button", { name: "Remove it" }).click();
    await anna.locator(".me-card img").waitFor({ state: "detached" });
  });

  it("[DIR-3] what somebody says of themselves is seen by who opens their profile", async () => {
    const anna = await stage.browser.person();
    const bo = await stage.browser.person();
    await signIn(anna, stage.server.url, "anna");
    await signIn(bo, stage.server.url, "bochen");
    await anna.getByRole("button", { name: "Settings" }).click();
    await anna.getByLabel("Pronouns").fill("she/her");
    await anna.getByLabel("About you").fill("Climbs mountains");
    await anna.getByRole("button", { name: "Save profile" }).click();
    await anna.getByText("Your profile is saved").waitFor();
    await openChat(bo, "Anna");
    await bo.getByRole("button", { name: "Show details" }).click();
    await bo.getByText("Climbs mountains").waitFor();
    await bo.getByText("she/her").waitFor();
  });

  it("[SOC-1] [SOC-2] [SOC-3] somebody asks, is accepted, gets a name of one's own, and is found by label", async () => {
    const anna = await stage.browser.person();
    const bo = await stage.browser.person();
    await signIn(anna, stage.server.url, "anna");
    await signIn(bo, stage.server.url, "bochen");
    await openChat(bo, "Anna");
    await bo.getByRole("button", { name: "Show details" }).click();
    await bo.getByRole("button", { name: "Add to contacts" }).click();
    await bo.getByLabel("A few words to them").fill("It is Bo");
    await bo.getByRole("button", { name: "Send request" }).click();
    await bo.getByText("You have asked Anna.").waitFor();

    await anna.getByRole("button", { name: "Contacts: 1 person asks" }).click();
    await anna.getByText("It is Bo").waitFor();
    assert.deepEqual(await findings(anna), []);
    await anna.getByRole("button", { name: "Accept Bo" }).press("Enter");
    await anna.getByRole("heading", { name: "All contacts" }).waitFor();
    await bo.getByRole("button", { name: "Remove from contacts" }).waitFor();
    await bo.getByRole("log").getByText("You are contacts now").waitFor();

    const profile = await openProfile(anna, "Bo");
    await profile.getByLabel("Your name for them").fill("Little Bo");
    await profile.getByLabel("Labels").fill("choir, hiking");
    await profile.getByRole("button", { name: "Save" }).click();
    await profile.getByText("Saved").waitFor();
    assert.deepEqual(await findings(anna), []);
    await anna.keyboard.press("Escape");
    await anna.getByRole("heading", { name: "L", exact: true }).waitFor();
    await anna.getByRole("link", { name: /^Little Bo/ }).waitFor();
    await anna.getByRole("button", { name: "choir" }).last().press("Enter");
    await anna.reload();
    await anna.getByRole("link", { name: /^Little Bo/ }).waitFor();
  });

  it("[SOC-3] [DIR-4] who is blocked can neither write nor see presence, and can again afterwards", async () => {
    const anna = await stage.browser.person();
    const bo = await stage.browser.person();
    await signIn(anna, stage.server.url, "anna");
    await signIn(bo, stage.server.url, "bochen");
    await openChat(bo, "Anna");
    await bo.locator(".conversation-head").getByText("online").waitFor();
    await openContacts(anna);
    const profile = await openProfile(anna, "Little Bo");
    await profile.getByRole("button", { name: "Block" }).click();
    await anna.getByRole("alertdialog").getByRole("button", { name: "Block" }).click();
    await bo.locator(".conversation-head").getByText("online").waitFor({ state: "hidden" });
    await write(bo, "Are you there?");
    await bo.getByText("This person does not take messages from you.").first().waitFor();
    await anna.getByRole("button", { name: "Settings" }).click();
    await anna.getByRole("button", { name: "Unblock Bo" }).click();
    await bo.locator(".conversation-head").getByText("online").waitFor();
  });

  for (const colorScheme of ["light", "dark"] as const) {
    for (const viewport of [WIDE, PHONE]) {
      it(`[CLI-6] axe finds nothing on contacts, profile and settings: ${colorScheme}, ${viewport.width} wide`, async () => {
        const page = await stage.browser.person({ colorScheme, viewport });
        await signIn(page, stage.server.url, "anna");
        await openContacts(page);
        await page.getByRole("heading", { name: "Contacts" }).last().waitFor();
        assert.deepEqual(await findings(page), [], "contacts");
        await page.getByRole("button", { name: "Back", exact: true }).click();
        await page.getByRole("button", { name: "Settings" }).click();
        await page.getByText("Who may write to you").first().waitFor();
        assert.deepEqual(await findings(page), [], "settings");
      });
    }
  }
});
