import type { Recorder } from "../recorder.ts";
import type { Report } from "../report.ts";
import { type Scene, say } from "../scene.ts";
import { percentile } from "../spread.ts";

const LIMIT_MS = 16;
const PER_SECOND = 50;
const KEYS = 60;
/** Ten keys a second, as somebody types who is quick. */
const KEY_EVERY_MS = 100;

interface Pressed {
  /** Until the next paint, in steps of 8 ms; what is below 16 the browser does not tell. */
  readonly paintedMs: number;
  /** Until the page had done what the key asks for. */
  readonly handledMs: number;
}

declare global {
  interface Window {
    pressed: Pressed[];
  }
}

/** Somebody types while the other one's messages arrive in the same chat. */
export async function typing(scene: Scene, rounds: number, report: Report, recorder: Recorder): Promise<void> {
  const painted: number[] = [];
  const handled: number[] = [];
  const page = await scene.atRest();
  await page.locator(scene.row).click();
  const box = page.getByRole("textbox", { name: /^Write to/ });
  await box.focus();
  await page.evaluate(() => {
    window.pressed = [];
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as PerformanceEventTiming[]) {
        const { name, duration, startTime, processingEnd } = entry;
        if (name === "keydown") window.pressed.push({ paintedMs: duration, handledMs: processingEnd - startTime });
      }
    }).observe({ type: "event", durationThreshold: 16 } as PerformanceObserverInit);
  });
  for (let round = 0; round < rounds; round++) {
    const stop = sendSteadily(scene);
    const told = await recorder.during(page, `typing-${round}`, async () => {
      for (let key = 0; key < KEYS; key++) {
        await page.keyboard.press("e");
        await page.waitForTimeout(KEY_EVERY_MS);
      }
      return page.evaluate(() => window.pressed.splice(0));
    });
    await stop();
    // Those that the browser does not tell of were quicker than 16 ms.
    const quick = new Array<number>(Math.max(0, KEYS - told.length)).fill(8);
    painted.push(percentile([...quick, ...told.map(({ paintedMs }) => paintedMs)], 95));
    handled.push(percentile([...quick, ...told.map(({ handledMs }) => handledMs)], 95));
    await box.fill("");
  }
  await page.close();
  report.add({
    what: `keydown to next paint, p95, ${PER_SECOND} messages a second`,
    unit: "ms",
    values: painted,
    limit: LIMIT_MS,
  });
  report.add({ what: "keydown to handled, p95", unit: "ms", values: handled, limit: null });
}

/** Whether or not those before have arrived. The answer ends it. */
function sendSteadily({ bo, chatId }: Scene): () => Promise<void> {
  const sends: Promise<void>[] = [];
  const timer = setInterval(
    () => sends.push(say(bo, chatId, `message ${sends.length} of many that arrive while somebody writes`)),
    1_000 / PER_SECOND,
  );
  return async () => {
    clearInterval(timer);
    await Promise.all(sends);
  };
}
