import type { Recorder } from "../recorder.ts";
import type { Report } from "../report.ts";
import type { Scene } from "../scene.ts";

const LIMIT_MS = 100;
/** Whoever clicks has moved the pointer there before, for about so long; what the page fetches at its first move is there then. */
const REACHED_MS = 500;

/** From the click on a chat to the paint of its messages, which the page has not read from the cache before. */
export async function opening(scene: Scene, rounds: number, report: Report, recorder: Recorder): Promise<void> {
  const values: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const page = await scene.atRest();
    await page.locator(scene.row).hover();
    await page.waitForTimeout(REACHED_MS);
    await page.evaluate(() => {
      const clicked = new Promise<number>((resolve) => {
        addEventListener("click", ({ timeStamp }) => resolve(timeStamp), { capture: true, once: true });
      });
      window.firstSeen = window.firstPaint("[role=log] .bubble").then(async (paintedAt) => paintedAt - (await clicked));
    });
    const openedMs = await recorder.during(page, `opening-${round}`, async () => {
      await page.locator(scene.row).click();
      return page.evaluate(() => window.firstSeen);
    });
    values.push(openedMs);
    await page.close();
  }
  report.add({ what: "opening a chat, click to messages visible", unit: "ms", values, limit: LIMIT_MS });
}
