import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import type { Page, Response } from "playwright-core";
import { message, openChat, openChatWith, register, TestBrowser, write } from "./_util/browser.ts";
import { pick } from "./_util/files.ts";
import { film } from "./_util/film.ts";
import { Server } from "./_util/server.ts";
import { shot } from "./_util/shots.ts";

/** Longer than an address lives. */
const LATER_MS = 6 * 60_000;

describe("[FILE-6] a film in a conversation", () => {
  let server: Server;
  let browser: TestBrowser;
  let bo: Page;

  before(async () => {
    [server, browser] = await Promise.all([Server.startClocked(), TestBrowser.launch()]);
    const anna = await browser.person();
    bo = await browser.person();
    await register(anna, server.url, "anna", "Anna");
    await register(bo, server.url, "bochen", "Bo");
    await openChatWith(anna, "boch", "Bo");
    await write(anna, "Look at this");
    await openChat(bo, "Anna");
    const buffer = await film(anna, { seconds: 360, perSecond: 1 });
    await pick(anna, "Photo or video", [{ name: "waves.webm", mimeType: "video/webm", buffer }]);
    await anna.getByRole("button", { name: "Send", exact: true }).click();
    await message(bo, "6:00").waitFor({ timeout: 60_000 });
    const workers = anna.workers().map((worker) => worker.url());
    assert.ok(
      workers.some((url) => url.includes("hash-worker")),
      "it was hashed on another thread",
    );
    await anna.context().close();
  });
  after(async () => {
    await browser?.close();
    await server?.remove();
  });
  afterEach(() => {
    // An address that has ended is told by the browser itself.
    const others = browser.takeTroubles().filter((text) => !/status of 403/.test(text));
    assert.deepEqual(others, []);
  });

  const state = () =>
    bo.locator("video").evaluate((video: HTMLVideoElement) => ({
      at: video.currentTime,
      paused: video.paused,
      volume: video.volume,
      src: video.src,
      same: video.dataset.mark === "the first",
    }));
  const seek = (to: number) =>
    bo.locator("video").evaluate((video: HTMLVideoElement, at) => {
      video.currentTime = at;
    }, to);
  const reaches = (from: number) =>
    bo.waitForFunction((at) => {
      const video = document.querySelector("video");
      return (
        video !== null &&
        video.readyState >= 2 &&
        !video.seeking &&
        video.currentTime >= at &&
        video.currentTime < at + 20
      );
    }, from);

  it("plays inline, and seeks by Range without fetching what lies between", async () => {
    const ranges: { from: number; status: number }[] = [];
    bo.on("response", (response: Response) => {
      if (!response.url().includes("/objects/")) return;
      const from = /bytes=(\d+)-/.exec(response.request().headers().range ?? "")?.[1];
      ranges.push({ from: Number(from ?? -1), status: response.status() });
    });
    await bo.getByRole("button", { name: "Play waves.webm" }).click();
    await reaches(0.3);
    await bo.locator("video").evaluate((video: HTMLVideoElement) => {
      video.dataset.mark = "the first";
      video.volume = 0.25;
    });
    await seek(300);
    await reaches(300.2);
    assert.deepEqual([...new Set(ranges.map(({ status }) => status))], [206]);
    assert.ok(
      ranges.some(({ from }) => from > 30_000_000),
      JSON.stringify(ranges),
    );
    await shot(bo, "files-film");
  });

  it("[FILE-4] goes on at its place, in the same player, when its address has ended", async () => {
    const before = await state();
    const refused = bo.waitForResponse((response) => response.status() === 403);
    await server.forward(LATER_MS);
    await seek(150);
    await refused;
    await reaches(150.3);
    const { src, at, ...rest } = await state();
    assert.notEqual(src, before.src);
    assert.deepEqual(rest, { paused: false, volume: 0.25, same: true });
  });

  it("[FILE-4] one that was paused stays paused, and one that ends soon again is renewed again", async () => {
    await bo.locator("video").evaluate((video: HTMLVideoElement) => video.pause());
    const before = await state();
    const refused = bo.waitForResponse((response) => response.status() === 403);
    await server.forward(LATER_MS);
    await seek(240);
    await refused;
    await reaches(240);
    const after = await state();
    assert.notEqual(after.src, before.src);
    assert.deepEqual({ at: after.at, paused: after.paused, same: after.same }, { at: 240, paused: true, same: true });
    await bo.locator("video").evaluate((video: HTMLVideoElement) => video.play());
    await reaches(240.3);
  });
});
