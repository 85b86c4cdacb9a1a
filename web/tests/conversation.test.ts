import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { message, openChat, openChatWith, reached, register, signIn, titled, write } from "./_util/browser.ts";
import { useStage } from "./_util/stage.ts";

describe("a conversation in two browsers", () => {
  const stage = useStage();

  it("[CLI-1] [MSG-12] register, find, write, answer; sent, delivered and read are shown", async () => {
    const anna = await stage.browser.person();
    const bo = await stage.browser.person();
    await register(anna, stage.server.url, "anna", "Anna");
    await register(bo, stage.server.url, "bochen", "Bo");
    await openChatWith(anna, "boch", "Bo");
    await write(anna, "Hello Bo");
    await reached(anna, "Hello Bo", "delivered");

    await titled(bo, "(1) Parley");
    await openChat(bo, "Anna");
    await message(bo, "Hello Bo").waitFor();
    await reached(anna, "Hello Bo", "read");
    await titled(bo, "Anna · Parley");

    await write(bo, "Hello Anna");
    await message(anna, "Hello Anna").waitFor();
    assert.match((await message(anna, "Hello Anna").getAttribute("aria-label")) ?? "", /^Bo, Hello Anna, /);
  });

  it("[MSG-13] [DIR-4] typing and presence are shown while they last", async () => {
    const anna = await stage.browser.person();
    const bo = await stage.browser.person();
    await signIn(anna, stage.server.url, "anna");
    await signIn(bo, stage.server.url, "bochen");
    await openChat(anna, "Bo");
    await openChat(bo, "Anna");
    await anna.locator(".conversation-head").getByText("online").waitFor();
    await bo.getByLabel("Write to Anna").pressSequentially("I am");
    await anna.locator(".conversation-head").getByText("Bo is typing").waitFor();
    await bo.getByLabel("Write to Anna").fill("");
    await anna.locator(".conversation-head").getByText("online").waitFor();
  });

  it("[CHAT-2] a group: made, joined by others, somebody removed, left", async () => {
    const anna = await stage.browser.person();
    const bo = await stage.browser.person();
    const carla = await stage.browser.person();
    await signIn(anna, stage.server.url, "anna");
    await signIn(bo, stage.server.url, "bochen");
    await register(carla, stage.server.url, "carla", "Carla");

    await anna.getByRole("button", { name: "New chat" }).click();
    await anna.getByRole("button", { name: "Make a group instead" }).click();
    await anna.getByLabel("Group name").fill("Hikers");
    await anna.getByRole("option", { name: /Bo/ }).click();
    await anna.getByRole("combobox", { name: "Add people" }).fill("carla");
    await anna.getByRole("option", { name: /Carla/ }).click();
    await anna.getByRole("button", { name: "Create group" }).click();
    await write(anna, "Welcome, hikers");

    await openChat(bo, "Hikers");
    await openChat(carla, "Hikers");
    await message(carla, "Welcome, hikers").waitFor();
    await write(carla, "Thanks!");
    await message(bo, "Thanks!").waitFor();
    await message(bo, "Carla").waitFor();

    await anna.getByRole("button", { name: "Show details" }).click();
    await anna.getByRole("button", { name: "More for Carla" }).click();
    await anna.getByRole("menuitem", { name: "Remove from the group" }).click();
    await anna.getByRole("alertdialog").getByRole("button", { name: "Remove" }).click();
    await carla.getByText("You are no longer in “Hikers”").waitFor();
    await bo.getByRole("log").getByText("Anna removed Carla").waitFor();

    await bo.getByRole("button", { name: "Show details" }).click();
    await bo.getByRole("button", { name: "Leave group" }).click();
    await bo.getByRole("alertdialog").getByRole("button", { name: "Leave group" }).click();
    await bo.getByRole("link", { name: /^Hikers/ }).waitFor({ state: "detached" });
    await anna.getByRole("log").getByText("Bo left").waitFor();
  });

  it("drafts are kept over a reload, back and forward work, a link opens its chat", async () => {
    const anna = await stage.browser.person();
    await signIn(anna, stage.server.url, "anna");
    await openChat(anna, "Bo");
    await anna.getByLabel("Write to Bo").fill("half a thought");
    await anna.goBack();
    await anna.getByText("Draft:").waitFor();
    await anna.goForward();
    await anna.reload();
    assert.equal(await anna.getByLabel("Write to Bo").inputValue(), "half a thought");
    assert.match(anna.url(), /\/c\/[a-z2-7]{26}$/);
  });

  it("a long conversation opens at the first unread message; the marker moves only past what was on screen", async () => {
    const anna = await stage.browser.person();
    const bo = await stage.browser.person();
    await signIn(anna, stage.server.url, "anna");
    await signIn(bo, stage.server.url, "bochen");
    await openChat(anna, "Bo");
    for (let count = 1; count <= 70; count += 1) await write(anna, `Line ${count}.`);
    await reached(anna, "Line 70.", "delivered");

    await openChat(bo, "Anna");
    await bo.getByText("New messages").waitFor();
    await message(bo, "Line 1.").first().waitFor();
    // Some of the 70 have been seen by now, and most have not.
    await bo.getByRole("button", { name: /^(4[1-9]|[56]\d) new messages: jump to the latest/ }).click();
    await message(bo, "Line 70.").waitFor();
    await reached(anna, "Line 70.", "read");
    await titled(bo, "Anna · Parley");
  });
});
