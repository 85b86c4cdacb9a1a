import type { Page } from "playwright-core";
import { percentile } from "./spread.ts";

const KEYS = 60;
/** Ten keys a second, as somebody types who is quick. */
const KEY_EVERY_MS = 100;
/** The browser tells of what took longer, in steps of 8 ms; of the others that they did not. */
const TOLD_MS = 16;
const QUICK_MS = 8;

/** One key, in milliseconds from when the browser got it. */
interface Pressed {
  readonly at: number;
  /** Until the page was asked to handle it. */
  readonly delayMs: number;
  /** Until the page had done so, its `input` included. */
  handledMs: number;
  /** Until the next paint; none: less than the browser tells of. */
  paintedMs?: number;
}

/** What a round of keys took. */
export interface Keys {
  readonly painted: number;
  readonly delay: number;
  readonly handling: number;
  /** From handled to painted. */
  readonly presenting: number;
}

declare global {
  interface Window {
    pressed: Pressed[];
  }
}

/** The page's own listeners sit below the window: the way down begins before them, and the way up ends after them. */
export async function watchKeys(page: Page): Promise<void> {
  await page.evaluate((toldMs) => {
    window.pressed = [];
    const handled = ({ timeStamp }: Event) => {
      const key = window.pressed.at(-1);
      if (key !== undefined && timeStamp >= key.at) key.handledMs = performance.now() - key.at;
    };
    const begin = ({ timeStamp }: Event) => {
      const delayMs = performance.now() - timeStamp;
      window.pressed.push({ at: timeStamp, delayMs, handledMs: delayMs });
    };
    addEventListener("keydown", begin, { capture: true });
    for (const name of ["keydown", "keypress", "input"]) addEventListener(name, handled);
    new PerformanceObserver((list) => {
      for (const { name, startTime, duration } of list.getEntries()) {
        const key = name === "keydown" ? window.pressed.find(({ at }) => Math.abs(at - startTime) < 1) : undefined;
        if (key !== undefined) key.paintedMs = duration;
      }
    }).observe({ type: "event", durationThreshold: toldMs } as PerformanceObserverInit);
  }, TOLD_MS);
}

/** Types, and answers the 95th percentile of each part. */
export async function typed(page: Page): Promise<Keys> {
  for (let key = 0; key < KEYS; key++) {
    await page.keyboard.press("e");
    await page.waitForTimeout(KEY_EVERY_MS);
  }
  const told = await page.evaluate(() => window.pressed.splice(0));
  const p95 = (of: (key: Pressed) => number) => percentile(told.map(of), 95);
  const painted = ({ paintedMs }: Pressed) => paintedMs ?? QUICK_MS;
  return {
    painted: p95(painted),
    delay: p95(({ delayMs }) => delayMs),
    handling: p95(({ delayMs, handledMs }) => handledMs - delayMs),
    presenting: p95((key) => Math.max(0, painted(key) - key.handledMs)),
  };
}
