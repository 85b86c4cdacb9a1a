import type { Recorder } from "../recorder.ts";
import type { Report } from "../report.ts";
import type { Scene } from "../scene.ts";

const LIMIT_MS = 300;

declare global {
  interface Window {
    firstSeen: Promise<number>;
  }
}

/** From the start of the navigation to the paint of what the cache holds, each time in a tab of its own. */
export async function start(scene: Scene, rounds: number, report: Report, recorder: Recorder): Promise<void> {
  for (const [what, url, selector] of [
    ["first chat of the list visible", scene.server.url, ".chat-row-name"],
    ["first message visible, at a chat's own address", scene.chatUrl, "[role=log] .bubble"],
  ] as const) {
    const values: number[] = [];
    // The first load is what warms: the browser keeps compiled code of what it has run before.
    for (let round = -1; round < rounds; round++) {
      const page = await scene.tab();
      await page.addInitScript((wanted) => {
        window.firstSeen = window.firstPaint(wanted);
      }, selector);
      const paintedMs = await recorder.during(page, `start-${values.length}`, async () => {
        await page.goto(url, { waitUntil: "commit" });
        return page.evaluate(() => window.firstSeen);
      });
      if (round >= 0) values.push(paintedMs);
      await page.waitForLoadState("networkidle");
      await page.close();
    }
    report.add({ what, unit: "ms", values, limit: LIMIT_MS });
  }
}
