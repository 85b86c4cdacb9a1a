import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Page } from "playwright-core";

/** Writes a CPU profile of what a page does, where one is asked for; it opens in the browser's own tools. */
export class Recorder {
  readonly #folder: string | null;

  constructor(folder: string | null) {
    this.#folder = folder;
  }

  async during<T>(page: Page, name: string, job: () => Promise<T>): Promise<T> {
    if (this.#folder === null) return job();
    const session = await page.context().newCDPSession(page);
    await session.send("Profiler.enable");
    await session.send("Profiler.setSamplingInterval", { interval: 200 });
    await session.send("Profiler.start");
    const result = await job();
    const { profile } = await session.send("Profiler.stop");
    await session.detach();
    await writeFile(join(this.#folder, `${name}.cpuprofile`), JSON.stringify(profile));
    return result;
  }
}
