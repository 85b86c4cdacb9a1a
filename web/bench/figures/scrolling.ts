import type { Recorder } from "../recorder.ts";
import type { Report } from "../report.ts";
import type { Scene } from "../scene.ts";

const LIMIT_MS = 50;
/** A quick turn of the wheel, so many times: a dozen screens of what is cached, and beyond, into what the server has to send. */
const TURN_PX = 400;
const TURNS = 150;
const EVERY_MS = 20;

declare global {
  interface Window {
    tasks: number[];
  }
}

/** The longest task of the page while somebody reads back quickly. Nobody is told of tasks below 50 ms; they count as none. */
export async function scrolling(scene: Scene, rounds: number, report: Report, recorder: Recorder): Promise<void> {
  const longest: number[] = [];
  const counts: number[] = [];
  const page = await scene.atRest();
  await page.locator(scene.row).click();
  await page.getByRole("log").hover();
  await page.waitForLoadState("networkidle");
  await page.evaluate(() => {
    window.tasks = [];
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) window.tasks.push(duration);
    }).observe({ type: "longtask" });
  });
  for (let round = 0; round < rounds; round++) {
    await recorder.during(page, `scrolling-${round}`, async () => {
      const startedAt = performance.now();
      for (let turn = 1; turn <= TURNS; turn++) {
        await page.mouse.wheel(0, -TURN_PX);
        await page.waitForTimeout(Math.max(0, startedAt + turn * EVERY_MS - performance.now()));
      }
    });
    const tasks = await page.evaluate(() => window.tasks.splice(0));
    longest.push(Math.max(0, ...tasks));
    counts.push(tasks.length);
  }
  await page.close();
  report.add({ what: "longest task while scrolling (0: none of 50 ms)", unit: "ms", values: longest, limit: LIMIT_MS });
  report.add({ what: "long tasks of a round", unit: "", values: counts, limit: null });
}
