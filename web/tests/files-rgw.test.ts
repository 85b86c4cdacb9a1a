import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, afterEach, before, describe, it } from "node:test";
import type { Page } from "playwright-core";
import { message, openChat, openChatWith, register, TestBrowser, write } from "./_util/browser.ts";
import { assertNothingRuns } from "./_util/disguised.ts";
import { drawn, loaded, pick, saved } from "./_util/files.ts";
import { type Rgw, startRgw } from "./_util/rgw.ts";
import { Scripted } from "./_util/scripted.ts";
import { Server } from "./_util/server.ts";

/** More than goes in one piece. */
const LARGE_BYTES = 17 * 1024 ** 2;

describe("files in two browsers, with a store elsewhere: Ceph's object gateway", () => {
  let rgw: Rgw;
  let server: Server;
  let browser: TestBrowser;

  before(async () => {
    rgw = await startRgw();
    [server, browser] = await Promise.all([Server.start(...rgw.options), TestBrowser.launch()]);
  });
  after(async () => {
    await browser?.close();
    await server?.remove();
    await rgw?.stop();
  });
  afterEach(async () => {
    await browser.closePeople();
    assert.deepEqual(browser.takeTroubles(), []);
  });

  /** Bytes that pages sent to the store, by the origin that they went to. */
  function putsOf(page: Page): Map<string, number> {
    const puts = new Map<string, number>();
    page.on("requestfinished", (request) => {
      if (request.method() !== "PUT") return;
      const { origin } = new URL(request.url());
      puts.set(origin, (puts.get(origin) ?? 0) + 1);
    });
    return puts;
  }

  it("[FILE-7] pages, drawings and polyglots run nowhere, even at their own address", async () => {
    const tab = await browser.person();
    await register(tab, server.url, "erik", "Erik");
    await assertNothingRuns(
      await Scripted.register(server.url, { handle: "robot", displayName: "Robot" }, "erik"),
      tab,
    );
  });

  for (const [page, handles, address] of [
    ["a secure page", ["anna", "bochen"], () => server.url],
    ["an insecure page", ["carla", "dimitri"], () => server.insecureUrl],
  ] as const) {
    it(`[FILE-2] [FILE-6] ${page} sends a picture and a large file straight to the store, and another gets them`, async () => {
      const [anna, bo] = [await browser.person(), await browser.person()];
      await register(anna, address(), handles[0], "Anna");
      await register(bo, address(), handles[1], "Bo");
      assert.equal(await anna.evaluate(() => isSecureContext), page === "a secure page");
      await openChatWith(anna, handles[1], "Bo");
      await write(anna, "two files");
      await openChat(bo, "Anna");
      await message(bo, "two files").waitFor();

      const picture = await drawn(anna, 900, 600);
      const bytes = randomBytes(LARGE_BYTES);
      const puts = putsOf(anna);
      await pick(anna, "Photo or video", [{ name: "sunset.png", mimeType: "image/png", buffer: picture }]);
      await pick(anna, "File", [{ name: "large.bin", mimeType: "application/octet-stream", buffer: bytes }]);
      await anna.getByRole("button", { name: "Send", exact: true }).click();
      const shown = bo.getByRole("button", { name: "Show sunset.png large" }).locator(".picture-whole");
      await loaded(shown);
      assert.equal(await shown.evaluate((image: HTMLImageElement) => image.naturalWidth), 900);
      await message(bo, "large.bin").waitFor({ timeout: 60_000 });
      assert.ok((await saved(bo, "large.bin")).equals(bytes));
      assert.deepEqual([...puts.keys()], [rgw.url]);
      assert.ok((puts.get(rgw.url) ?? 0) >= 4);
    });
  }
});
