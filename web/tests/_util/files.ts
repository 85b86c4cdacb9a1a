import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import type { Download, Locator, Page } from "playwright-core";

/** A picture that was drawn by a browser. */
export async function drawn(page: Page, width: number, height: number): Promise<Buffer> {
  const base64 = await page.evaluate(
    ([wide, high]) => {
      const canvas = document.createElement("canvas");
      [canvas.width, canvas.height] = [wide, high];
      const context = canvas.getContext("2d");
      if (context === null) throw new Error("No canvas");
      const sky = context.createLinearGradient(0, 0, 0, high);
      for (const [at, colour] of [
        [0, "#24305e"],
        [0.55, "#f76c6c"],
        [0.6, "#f8e9a1"],
        [0.61, "#374785"],
        [1, "#101830"],
      ] as const) {
        sky.addColorStop(at, colour);
      }
      context.fillStyle = sky;
      context.fillRect(0, 0, wide, high);
      return canvas.toDataURL("image/png").split(",")[1] ?? "";
    },
    [width, height] as const,
  );
  return Buffer.from(base64, "base64");
}

/** Hands files to the chooser of this name. */
export async function pick(page: Page, label: string, files: { name: string; mimeType: string; buffer: Buffer }[]) {
  await page.locator(`input[type=file][aria-label="${label}"]`).setInputFiles(files);
}

/** Until the browser could draw it. */
export async function loaded(image: Locator): Promise<void> {
  await image.waitFor();
  await image.evaluate((element: HTMLImageElement) => element.decode());
}

/** The bytes that a person gets who saves it. */
export async function saved(page: Page, name: string): Promise<Buffer> {
  return readFile(await (await save(page, name)).path());
}

export async function save(page: Page, name: string): Promise<Download> {
  const download = page.waitForEvent("download");
  await page
    .getByRole("button", { name: `Download ${name}` })
    .last()
    .click();
  const file = await download;
  assert.equal(file.suggestedFilename(), name);
  return file;
}
