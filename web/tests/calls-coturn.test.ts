import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { openChat, openChatWith, register, TestBrowser } from "./_util/browser.ts";
import { picturesCome, received, watchPeers } from "./_util/calls.ts";
import { type Coturn, startCoturn } from "./_util/coturn.ts";
import { Server } from "./_util/server.ts";

describe("[CALL-2] calls through a relay", () => {
  let coturn: Coturn;
  let server: Server;
  let browser: TestBrowser;
  before(async () => {
    [coturn, browser] = await Promise.all([startCoturn(), TestBrowser.launch()]);
    server = await Server.start(...coturn.options);
  });
  after(async () => {
    await browser.close();
    await server.remove();
    await coturn.stop();
  });

  it("strangers see each other by way of the relay alone, and are told that their addresses are hidden", async () => {
    const person = async (handle: string, name: string) => {
      const page = await browser.person({ permissions: ["microphone", "camera"] });
      await watchPeers(page);
      await register(page, server.url, handle, name);
      return page;
    };
    const [anna, bo] = await Promise.all([person("anna", "Anna"), person("bochen", "Bo")]);
    await openChatWith(anna, "bochen", "Bo");
    await openChat(bo, "Anna");
    await anna.getByRole("button", { name: "Video call", exact: true }).click();
    await bo.getByRole("button", { name: "Answer with video", exact: true }).click();
    await Promise.all([picturesCome(anna), picturesCome(bo)]);
    for (const page of [anna, bo]) {
      await page.getByText("Relayed, your address is hidden").waitFor();
      assert.deepEqual(
        (await received(page)).map(({ relayed }) => relayed),
        [true],
      );
    }
    await anna.getByRole("button", { name: "Hang up", exact: true }).click();
    for (const page of [anna, bo]) await page.locator(".call-card").filter({ hasText: "Video call" }).waitFor();
    assert.deepEqual(browser.takeTroubles(), []);
  });
});
