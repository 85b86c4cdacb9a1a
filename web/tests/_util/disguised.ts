import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import type { Scripted } from "./scripted.ts";

const SCRIPT = "<script>document.title = 'RAN'; fetch('/ran')</script>";
const HTML = `<!doctype html><title>x</title>${SCRIPT}`;
const PNG = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);

/** What would run in a browser that took it for a page: as it is, and behind a true picture or sound. */
const DISGUISED = [
  ["page.html", "text/html", HTML],
  ["page.xhtml", "application/xhtml+xml", `<html xmlns="http://www.w3.org/1999/xhtml">${SCRIPT}</html>`],
  ["drawing.svg", "image/svg+xml", `<svg xmlns="http://www.w3.org/2000/svg">${SCRIPT}</svg>`],
  ["plain.txt", "text/plain", HTML],
  ["paper.pdf", "application/pdf", `%PDF-1.7\n${HTML}`],
  ["picture-and-page.png", "image/png", Buffer.concat([PNG, Buffer.from(HTML)])],
  ["picture-and-page.gif", "image/gif", `GIF89a/*\x01\x01\x00\x00\x00*/=1;${HTML}`],
  ["sound-and-page.mp3", "audio/mpeg", `ID3\x04\x00\x00\x00\x00\x00\x00${HTML}`],
] as const;

/** Whoever opens its address in a tab sees a picture, or saves a file; nothing of it runs. */
export async function assertNothingRuns(scripted: Scripted, page: Page): Promise<void> {
  // Not one whose troubles count: what keeps it from running is told there.
  const tab = await page.context().newPage();
  let ran = 0;
  tab.on("request", (request) => {
    if (new URL(request.url()).pathname === "/ran") ran += 1;
  });
  for (const [name, type, content] of DISGUISED) {
    const place = await scripted.send("file", name, type, Buffer.from(content as string));
    for (const download of [false, true]) {
      const saved = tab.waitForEvent("download", { timeout: 5_000 }).catch(() => null);
      const url = await scripted.url(place, download);
      const shown = await tab.goto(url).catch(() => null);
      // Either a download began, which ends the visit, or it is shown as what it is called.
      if (shown === null) await (await saved)?.cancel();
      else assert.match(shown.headers()["content-type"] ?? "", /^(image|audio)\//, name);
      assert.notEqual(await tab.title(), "RAN", `${name} ${download}`);
      await tab.goto("about:blank");
    }
  }
  assert.equal(ran, 0);
}
