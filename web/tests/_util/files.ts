import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32, deflateSync } from "node:zlib";
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

/** A picture of so many black pixels a side, in one bit each: some thousand times smaller than what it claims. */
export function hugePng(side: number): Buffer {
  const chunk = (type: string, data: Buffer): Buffer => {
    const named = Buffer.concat([Buffer.from(type), data]);
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    sum.writeUInt32BE(crc32(named));
    return Buffer.concat([length, named, sum]);
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(side, 0);
  head.writeUInt32BE(side, 4);
  head[8] = 1;
  const rows = deflateSync(Buffer.alloc(side * (1 + Math.ceil(side / 8))));
  const parts = [chunk("IHDR", head), chunk("IDAT", rows), chunk("IEND", Buffer.alloc(0))];
  return Buffer.concat([Buffer.from("89504e470d0a1a0a", "hex"), ...parts]);
}

/** More than so many bytes are handed over by path: the browser's debugging line takes long for them. */
const BY_PATH_BYTES = 1024 ** 2;

/** Hands files to the chooser of this name. By path a browser tells the type from the name. */
export async function pick(page: Page, label: string, files: { name: string; mimeType: string; buffer: Buffer }[]) {
  const input = page.locator(`input[type=file][aria-label="${label}"]`);
  if (files.every(({ buffer }) => buffer.length <= BY_PATH_BYTES)) return input.setInputFiles(files);
  const folder = await mkdtemp(join(tmpdir(), "parley-files-"));
  // The browser reads them while they are sent.
  page.once("close", () => void rm(folder, { recursive: true, force: true }));
  const paths = files.map(({ name }) => join(folder, name));
  await Promise.all(files.map(({ buffer }, at) => writeFile(paths[at] ?? "", buffer)));
  await input.setInputFiles(paths);
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
