import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { findings } from "./_util/axe.ts";
import { menuFocused, message, openChat, openChatWith, PHONE, register, signIn, WIDE, write } from "./_util/browser.ts";
import { useStage } from "./_util/stage.ts";

describe("[CLI-6] accessibility", () => {
  const stage = useStage();

  before(async () => {
    const anna = await stage.browser.person();
    const bo = await stage.browser.person();
    await register(anna, stage.server.url, "anna", "Anna");
    await register(bo, stage.server.url, "bochen", "Bo");
    await openChatWith(anna, "bochen", "Bo");
    await write(anna, "Look at https://example.org/ before noon");
    await openChat(bo, "Anna");
    await write(bo, "I will");
    await message(anna, "I will").waitFor();
    await anna.getByRole("button", { name: "New chat" }).click();
    await anna.getByRole("button", { name: "Make a group instead" }).click();
    await anna.getByLabel("Group name").fill("Hikers");
    await anna.getByRole("option", { name: /Bo/ }).click();
    await anna.getByRole("button", { name: "Create group" }).click();
    await write(anna, "Welcome");
    await openChat(bo, "Hikers");
    await write(bo, "Glad to be here");
    await message(anna, "Glad to be here").waitFor();
    await stage.browser.closePeople();
  });

  for (const colorScheme of ["light", "dark"] as const) {
    for (const viewport of [WIDE, PHONE]) {
      it(`axe finds nothing on any screen: ${colorScheme}, ${viewport.width} pixels wide`, async () => {
        const narrow = viewport === PHONE;
        const page = await stage.browser.person({ colorScheme, viewport });
        const check = async (screen: string) => assert.deepEqual(await findings(page), [], screen);
        await page.goto(stage.server.url);
        await page.getByText("Sealed, not verified").waitFor();
        await check("sign in");
        await page.getByRole("button", { name: "New here? Create an account" }).click();
        await page.getByLabel("Password", { exact: true }).fill("abc");
        await check("register");
        await page.getByLabel("Handle").fill("anna");
        await page.getByLabel("Password", { exact: true }).fill("vivid-otter-lantern-42");
        await page.getByRole("button", { name: "Create account" }).click();
        await page.getByText("Somebody has this handle already.").waitFor();
        await check("register, refused");

        await signIn(page, stage.server.url, "anna");
        await page.getByRole("link", { name: /^Hikers/ }).waitFor();
        await check("chats");
        await page.getByLabel("Search people and chats").fill("bo");
        await page.getByText("People").waitFor({ state: "hidden" });
        await check("search");
        await page.getByLabel("Search people and chats").fill("");
        await openChat(page, "Bo");
        await check("direct chat");
        await message(page, "I will").click({ button: "right" });
        await page.getByRole("menuitem", { name: "Copy text" }).waitFor();
        await check("menu of a message");
        await page.keyboard.press("Escape");
        await page.getByRole("button", { name: "Show details" }).click();
        await page.getByRole("complementary", { name: "Details" }).waitFor();
        await check("person");
        if (narrow) {
          await page.getByRole("button", { name: "Hide details" }).click();
          await page.getByRole("button", { name: "Back" }).click();
        }
        await openChat(page, "Hikers");
        if (narrow) await page.getByRole("button", { name: "Show details" }).click();
        await page.getByRole("button", { name: "More for Bo" }).waitFor();
        await check("group");
        await page.getByRole("button", { name: "More for Bo" }).click();
        await page.getByRole("menu").waitFor();
        await check("a question");
        await page.keyboard.press("Escape");
        await page.getByRole("menu").waitFor({ state: "detached" });
        for (const [keys, name] of [
          ["Control+k", "Go to"],
          ["Control+/", "Keyboard shortcuts"],
        ] as const) {
          await page.keyboard.press(keys);
          await page.getByRole("dialog", { name }).waitFor();
          await check(name);
          await page.keyboard.press("Escape");
          await page.getByRole("dialog", { name }).waitFor({ state: "detached" });
        }
        if (narrow) {
          await page.getByRole("button", { name: "Hide details" }).click();
          await page.getByRole("button", { name: "Back" }).click();
        }
        await page.getByRole("button", { name: "New chat" }).click();
        await page.getByRole("dialog", { name: "New chat" }).waitFor();
        await check("new chat");
        await page.getByRole("button", { name: "Make a group instead" }).click();
        await page.getByLabel("Group name").waitFor();
        await check("new group");
        await page.keyboard.press("Escape");
        await page.getByRole("button", { name: "Settings" }).click();
        await page.getByText("This device").waitFor();
        await page.getByRole("button", { name: "Change password" }).click();
        await page.getByLabel("Current password").waitFor();
        await check("settings");
        for (const accent of ["Sea", "Moss", "Clay", "Plum"]) {
          await page.getByRole("radio", { name: accent }).check();
          await check(`settings in ${accent}`);
        }
        await page
          .getByRole("button", { name: /^Connection/ })
          .last()
          .click();
        await page.getByRole("dialog", { name: "Your connection" }).waitFor();
        await check("connection");
      });
    }
  }

  it("the keyboard alone is enough: switch, write, read, go back, find help", async () => {
    const page = await stage.browser.person();
    await signIn(page, stage.server.url, "anna");
    await page.getByRole("link", { name: /^Hikers/ }).waitFor();
    await page.keyboard.press("Control+k");
    await page.getByRole("combobox", { name: "A chat or a person" }).waitFor();
    await page.keyboard.type("bo");
    await page.keyboard.press("Enter");
    await page.getByLabel("Write to Bo").waitFor();
    await page.keyboard.type("typed without a mouse");
    await page.keyboard.press("Enter");
    await message(page, "typed without a mouse").waitFor();

    const focused = () => page.evaluate(() => document.activeElement?.getAttribute("aria-label") ?? "");
    const focus = (label: string) =>
      page.waitForFunction((start) => document.activeElement?.getAttribute("aria-label")?.startsWith(start), label);
    await page.keyboard.press("Shift+F6");
    assert.equal(await focused(), "Messages with Bo");
    await page.keyboard.press("ArrowUp");
    assert.match(await focused(), /^You, typed without a mouse, .+, (sending|sent|delivered|read)$/);
    await page.keyboard.press("ArrowUp");
    assert.match(await focused(), /^Bo, I will, /);
    await page.keyboard.press("Enter");
    await page.getByRole("menuitem", { name: "Copy text" }).waitFor();
    await menuFocused(page);
    await page.keyboard.press("c");
    // At first the menu itself has the focus, which holds these words, too.
    await page.waitForFunction(() => document.activeElement?.matches("[role=menuitem]"));
    assert.match((await page.locator(":focus").textContent()) ?? "", /^Copy text/);
    await page.keyboard.press("Enter");
    await page.getByText("Copied").waitFor();
    await focus("Bo, I will");

    await page.keyboard.press("Alt+ArrowDown");
    await page.getByLabel("Write to Hikers").waitFor();
    await page.keyboard.press("Alt+ArrowUp");
    await page.getByLabel("Write to Bo").waitFor();
    await page.keyboard.press("Control+/");
    await page.getByRole("dialog", { name: "Keyboard shortcuts" }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await focus("Write to Bo");
    await page.keyboard.press("Escape");
    await page.getByText("Choose a conversation").waitFor();
    await page.keyboard.press("F6");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.getByLabel("Write to Hikers").waitFor();
  });

  it("every target is at least 24 pixels, and nothing is wider than the screen", async () => {
    for (const viewport of [WIDE, PHONE]) {
      const page = await stage.browser.person({ viewport });
      await signIn(page, stage.server.url, "anna");
      await openChat(page, "Hikers");
      await page.getByRole("button", { name: "Show details" }).click();
      await page.getByRole("checkbox").first().waitFor();
      const small = await page.evaluate(() =>
        [...document.querySelectorAll("button, input, textarea, a.chat-row")]
          .map((element) => ({
            html: element.outerHTML.slice(0, 80),
            // Of a box that is ticked its words are the target, too.
            box: (element.closest("label") ?? element).getBoundingClientRect(),
          }))
          .filter(({ box }) => box.width > 1 && (box.width < 24 || box.height < 24))
          .map(({ html }) => html),
      );
      assert.deepEqual(small, []);
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth), false);
    }
  });
});
