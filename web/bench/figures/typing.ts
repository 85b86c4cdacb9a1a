import type { Page } from "playwright-core";
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

/** Somebody types while the other one's messages arrive in the same chat; and in a page that has nothing else to do. */
export async function typing(scene: Scene, rounds: number, report: Report, recorder: Recorder): Promise<void> {
  const painted: number[] = [];
  const handled: number[] = [];
  const bare: number[] = [];
  const reference = await scene.tab();
  await reference.setContent(BARE_PAGE);
  await reference.getByRole("textbox").focus();
  await watchKeys(reference);
  for (let round = 0; round < rounds; round++) bare.push(percentile(paintsOf(await typed(reference)), 95));
  await reference.close();
  const page = await scene.atRest();
  await page.locator(scene.row).click();
  const box = page.getByRole("textbox", { name: /^Write to/ });
  await box.focus();
  await watchKeys(page);
  for (let round = 0; round < rounds; round++) {
    const stop = sendSteadily(scene);
    const told = await recorder.during(page, `typing-${round}`, () => typed(page));
    await stop();
    painted.push(percentile(paintsOf(told), 95));
    handled.push(
      percentile(
        told.map(({ handledMs }) => handledMs),
        95,
      ),
    );
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
  report.add({
    what: "keydown to next paint, p95, in a page that does nothing else",
    unit: "ms",
    values: bare,
    limit: null,
  });
  const ratios = painted.map((ms, round) => ms / (bare[round] ?? ms));
  report.add({ what: "as a multiple of that page's", unit: "x", values: ratios, limit: null });
}

/** What the machine and the browser take of the figure: nothing is drawn but letters, and a dot that has each frame painted. */
const BARE_PAGE = `<textarea autofocus></textarea><i style="position:fixed;width:9px;height:9px"></i><script>
  let frame = 0;
  const dot = document.querySelector("i");
  const paint = () => {
    dot.style.background = frame++ % 2 ? "red" : "blue";
    requestAnimationFrame(paint);
  };
  paint();
</script>`;

async function watchKeys(page: Page): Promise<void> {
  await page.evaluate(() => {
    window.pressed = [];
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as PerformanceEventTiming[]) {
        const { name, duration, startTime, processingEnd } = entry;
        if (name === "keydown") window.pressed.push({ paintedMs: duration, handledMs: processingEnd - startTime });
      }
    }).observe({ type: "event", durationThreshold: 16 } as PerformanceObserverInit);
  });
}

async function typed(page: Page): Promise<readonly Pressed[]> {
  for (let key = 0; key < KEYS; key++) {
    await page.keyboard.press("e");
    await page.waitForTimeout(KEY_EVERY_MS);
  }
  const told = await page.evaluate(() => window.pressed.splice(0));
  // Those that the browser does not tell of were quicker than 16 ms.
  const quick = new Array<Pressed>(Math.max(0, KEYS - told.length)).fill({ paintedMs: 8, handledMs: 8 });
  return [...quick, ...told];
}

function paintsOf(keys: readonly Pressed[]): number[] {
  return keys.map(({ paintedMs }) => paintedMs);
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
