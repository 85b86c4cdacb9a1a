import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import type { Page } from "playwright-core";
import { findings } from "./_util/axe.ts";
import { PASSWORD, register, signIn, TestBrowser } from "./_util/browser.ts";
import { MailServer } from "./_util/mail-server.ts";
import { Server } from "./_util/server.ts";

const NEW_PASSWORD = "quiet-heron-lantern-77";

const button = (page: Page, name: string) => page.getByRole("button", { name, exact: true });
const inside = (page: Page) => page.getByRole("heading", { name: "Chats" }).waitFor();

async function openSettings(page: Page, url: string): Promise<void> {
  await page.goto(`${url}/settings`);
  await page.getByRole("heading", { name: "Account", exact: true }).waitFor();
  await button(page, "Change handle").waitFor();
}

describe("accounts in the browser", () => {
  let mails: MailServer;
  let server: Server;
  let browser: TestBrowser;

  before(async () => {
    mails = await MailServer.start();
    [server, browser] = await Promise.all([Server.start("--mail", mails.url), TestBrowser.launch()]);
  });
  after(async () => {
    await browser.close();
    await server.remove();
    await mails.stop();
  });
  afterEach(async () => {
    await browser.closePeople();
    assert.deepEqual(browser.takeTroubles(), []);
  });

  it("[ACC-1] [ACC-2] an account with an e-mail address: the code comes by mail", async () => {
    const page = await browser.person();
    await page.goto(server.url);
    await button(page, "New here? Create an account").click();
    await page.getByLabel("Handle").fill("anna");
    await page.getByLabel("E-mail (optional)").fill("anna@mail.example");
    await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
    assert.deepEqual(await findings(page), []);
    await button(page, "Create account").click();
    await page.getByLabel("Code from the mail").fill("000000");
    await button(page, "Create account").click();
    await page.getByText("The code is wrong, used or too old.").waitFor();
    assert.equal(await page.getByRole("button", { name: /^Another code in/ }).isDisabled(), true);
    assert.deepEqual(await findings(page), []);
    await page.getByLabel("Code from the mail").fill(await mails.code("anna@mail.example"));
    await button(page, "Create account").click();
    await inside(page);
    await openSettings(page, server.url);
    await page.getByText("anna@mail.example").waitFor();
    assert.deepEqual(await findings(page), []);
  });

  it("[ACC-5] [ACC-8] a forgotten password is set anew by mail, and a code alone lets one in", async () => {
    const page = await browser.person();
    await page.goto(server.url);
    await button(page, "Forgot your password?").click();
    await page.getByLabel("E-mail").fill("anna@mail.example");
    await button(page, "Send me a code").click();
    await page.getByLabel("Code from the mail").fill(await mails.code("anna@mail.example"));
    await page.getByLabel("New password", { exact: true }).fill(NEW_PASSWORD);
    await button(page, "Set password").click();
    await page.getByText("Your new password is set.").waitFor();
    await page.getByLabel("Handle").fill("anna");
    await page.getByLabel("Password", { exact: true }).fill(NEW_PASSWORD);
    await button(page, "Sign in").click();
    await inside(page);

    const phone = await browser.person();
    await phone.goto(server.url);
    await button(phone, "Sign in with a code by mail").click();
    await phone.getByLabel("E-mail").fill("anna@mail.example");
    await button(phone, "Send me a code").click();
    await phone.getByLabel("Code from the mail").fill(await mails.code("anna@mail.example"));
    await button(phone, "Sign in").click();
    await inside(phone);
  });

  it("[ACC-9] handle and address are changed in the settings", async () => {
    const page = await browser.person();
    await register(page, server.url, "bochen", "Bo");
    await openSettings(page, server.url);
    await button(page, "Change handle").click();
    await page.getByLabel("New handle").fill("anna");
    await page.getByLabel("Your password").fill(PASSWORD);
    await button(page, "Change handle").click();
    await page.getByText("Somebody has this handle already.").waitFor();
    await page.getByLabel("New handle").fill("Bochen#2024");
    await button(page, "Change handle").click();
    await page.getByText("Your handle is now @bochen#2024").waitFor();

    await button(page, "Add e-mail").click();
    await page.getByLabel("New e-mail").fill("bo@mail.example");
    await page.getByLabel("Your password").fill(PASSWORD);
    await button(page, "Send me a code").click();
    await page.getByLabel("Code from the mail").fill(await mails.code("bo@mail.example"));
    await button(page, "Change e-mail").click();
    await page.getByText("Your e-mail address is changed").waitFor();
    await page.getByText("bo@mail.example").waitFor();
  });

  it("[ACC-10] deletion asks for the handle and the password, and leaves nothing in the browser", async () => {
    const page = await browser.person();
    await register(page, server.url, "carla", "Carla");
    await openSettings(page, server.url);
    await button(page, "Delete account").click();
    await page.getByLabel("Your password").fill(PASSWORD);
    assert.equal(await button(page, "Delete for ever").isDisabled(), true);
    await page.getByLabel("Type your handle, carla, to confirm").fill("carla");
    await button(page, "Delete for ever").click();
    await page.getByText("The account is deleted").waitFor();
    await page.reload();
    await page.getByLabel("Handle").fill("carla");
    await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
    await button(page, "Sign in").click();
    await page.getByText("Handle or password is wrong.").waitFor();
  });
});

describe("a server of one's own, in the browser", () => {
  let server: Server;
  let browser: TestBrowser;

  before(async () => {
    [server, browser] = await Promise.all([
      Server.start("--registration", "invite", "--sessions", "replace"),
      TestBrowser.launch(),
    ]);
  });
  after(async () => {
    await browser.close();
    await server.remove();
  });
  afterEach(async () => {
    await browser.closePeople();
    assert.deepEqual(browser.takeTroubles(), []);
  });

  it("[ACC-11] [SYNC-6] the link of the start makes the owner, who invites others; a second device replaces the first", async () => {
    const stranger = await browser.person();
    await stranger.goto(server.url);
    await button(stranger, "New here? Create an account").click();
    await stranger.getByText("Nobody owns this server yet.").waitFor();
    await stranger.getByLabel("Invite code").fill("nonsense");
    await stranger.getByLabel("Handle").fill("stranger");
    await stranger.getByLabel("Password", { exact: true }).fill(PASSWORD);
    await button(stranger, "Create account").click();
    await stranger.getByText("This invite is unknown, used up or too old.").waitFor();

    const owner = await browser.person();
    await owner.goto(server.ownerUrl);
    await owner.getByRole("heading", { name: "Make this server yours" }).waitFor();
    await owner.getByLabel("Handle").fill("owner");
    await owner.getByLabel("Password", { exact: true }).fill(PASSWORD);
    await button(owner, "Create account").click();
    await inside(owner);
    assert.equal(new URL(owner.url()).hash, "");

    await openSettings(owner, server.url);
    await owner.getByText("You own this server.").waitFor();
    await button(owner, "Make a link").click();
    await owner.getByText("1 account left").waitFor();
    assert.deepEqual(await findings(owner), []);
    await owner.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await owner.getByRole("button", { name: /^Copy link of invite/ }).click();
    await owner.getByText("Copied").waitFor();
    const link = await owner.evaluate(() => navigator.clipboard.readText());

    await stranger.goto(link);
    await stranger.getByText("You are invited.").waitFor();
    await stranger.getByLabel("Handle").fill("guest");
    await stranger.getByLabel("Password", { exact: true }).fill(PASSWORD);
    await button(stranger, "Create account").click();
    await inside(stranger);

    const second = await browser.person();
    await signIn(second, server.url, "guest");
    await stranger.getByText("You signed in on another device.").waitFor();
  });
});
