import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { message, openChat, openChatWith, reached, register, signIn, write } from "./_util/browser.ts";
import { useStage } from "./_util/stage.ts";

describe("without a server", () => {
  const stage = useStage();

  it("[SYNC-5] [MSG-4] the cache shows first, the outbox waits over a reload and is delivered once", async () => {
    const anna = await stage.browser.person();
    const bo = await stage.browser.person();
    await register(anna, stage.server.url, "anna", "Anna");
    await register(bo, stage.server.url, "bochen", "Bo");
    await openChatWith(anna, "bochen", "Bo");
    await write(anna, "before the storm");
    await reached(anna, "before the storm", "delivered");

    // The page itself comes from the HTTP cache of a service worker one day; here it stays open, and a second tab shares it.
    const tab = stage.browser.tab(await anna.context().newPage());
    await tab.goto(anna.url());
    await message(tab, "before the storm").waitFor();

    await stage.server.down();
    await anna.getByText("No connection").waitFor();
    await write(anna, "in the dark");
    await anna.getByText("1 message waits to be sent").waitFor();
    await message(tab, "in the dark").waitFor();
    assert.equal(await message(anna, "in the dark").locator("[data-delivery=sending]").count(), 1);

    await stage.server.up();
    // It may be back by itself before anybody can click.
    await anna
      .getByRole("button", { name: "Reconnect now" })
      .click({ timeout: 2_000 })
      .catch(() => {});
    await reached(anna, "in the dark", "delivered");
    await openChat(bo, "Anna");
    await message(bo, "in the dark").waitFor();
    await reached(anna, "in the dark", "read");
    assert.equal(await message(bo, "in the dark").count(), 1);
    assert.equal(await message(anna, "in the dark").count(), 1);
    assert.equal(await message(tab, "in the dark").count(), 1);
  });

  it("[SYNC-5] a reload shows chats and messages before the network answers", async () => {
    const anna = await stage.browser.person();
    await signIn(anna, stage.server.url, "anna");
    await openChat(anna, "Bo");
    await message(anna, "before the storm").waitFor();
    // The page still loads; its socket does not.
    await anna.routeWebSocket(/\/ws$/, (socket) => socket.close());
    await anna.reload();
    await anna.getByRole("link", { name: /^Bo/ }).waitFor();
    await message(anna, "before the storm").waitFor();
    await anna.getByText("No connection").waitFor();
    await write(anna, "written while cut off");
    // Shown is kept: a message appears when the storage has it.
    await message(anna, "written while cut off").waitFor();
    await anna.reload();
    await message(anna, "written while cut off").waitFor();
    assert.equal(await message(anna, "written while cut off").locator("[data-delivery=sending]").count(), 1);
    await anna.unrouteAll();
  });

  it("two tabs share cache and outbox: what one writes shows in the other, and is sent once", async () => {
    const anna = await stage.browser.person();
    const bo = await stage.browser.person();
    await signIn(anna, stage.server.url, "anna");
    await signIn(bo, stage.server.url, "bochen");
    await openChat(anna, "Bo");
    const tab = stage.browser.tab(await anna.context().newPage());
    await tab.goto(anna.url());
    await openChat(bo, "Anna");
    await Promise.all([write(anna, "from the first tab"), write(tab, "from the second tab")]);
    for (const page of [anna, tab, bo]) {
      for (const text of ["from the first tab", "from the second tab"]) {
        await message(page, text).waitFor();
        assert.equal(await message(page, text).count(), 1);
      }
    }
    await tab.close();
    await write(anna, "and on after it closed");
    await message(bo, "and on after it closed").waitFor();
  });

  it("[ACC-7] signing out leaves nothing behind in the browser", async () => {
    const anna = await stage.browser.person();
    await signIn(anna, stage.server.url, "anna");
    await anna.getByRole("button", { name: "Settings" }).click();
    await anna.getByRole("button", { name: "Sign out" }).last().click();
    await anna.getByRole("alertdialog").getByRole("button", { name: "Sign out" }).click();
    await anna.getByRole("heading", { name: "Welcome back" }).waitFor();
    const left = await anna.evaluate(async () => {
      const texts: string[] = [];
      for (const { name = "" } of await indexedDB.databases()) {
        const open = indexedDB.open(name);
        const database = await new Promise<IDBDatabase>((resolve) => {
          open.onsuccess = () => resolve(open.result);
        });
        for (const store of database.objectStoreNames) {
          const all = database.transaction(store).objectStore(store).getAll();
          texts.push(
            JSON.stringify(
              await new Promise((resolve) => {
                all.onsuccess = () => resolve(all.result);
              }),
            ),
          );
        }
        database.close();
      }
      return texts.join("\n");
    });
    assert.doesNotMatch(left, /before the storm|Anna|token/);
  });
});
