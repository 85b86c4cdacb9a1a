import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
/** In a row, without anything that moves: what was begun by one picture shows in the next. */
const CALM_PICTURES = 3;
/** Looks at a page that moved under the look. */
const LOOKS_MAX = 5;

interface AxeResult {
  readonly violations: readonly {
    readonly id: string;
    readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
  }[];
}

/**
 * Everything that axe finds on the screen as it is now, once that stands still. Who has just opened something waits for
 * it first: a page that does not know of it yet stands still, too. Playwright evaluates beside the page's content
 * security policy.
 */
export async function findings(page: Page): Promise<readonly string[]> {
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(AXE);
  for (let look = 1; ; look += 1) {
    await stillness(page);
    const { violations } = await page.evaluate(
      () => (window as unknown as { axe: { run(): Promise<AxeResult> } }).axe.run() as Promise<AxeResult>,
    );
    if (violations.length > 0 && look < LOOKS_MAX && !(await page.evaluate(isStill))) continue;
    return violations.map(
      ({ id, nodes }) => `${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`).join("\n")}`,
    );
  }
}

async function stillness(page: Page): Promise<void> {
  const patience = Date.now() + 15_000;
  for (let calm = 0; calm < CALM_PICTURES; ) {
    calm = (await page.evaluate(isStill)) ? calm + 1 : 0;
    if (calm === 0 && Date.now() > patience) throw new Error("The page does not come to rest.");
    await page.evaluate(() => new Promise<void>((drawn) => requestAnimationFrame(() => drawn())));
  }
}

/**
 * Nothing moves that will end, and where a dialog or menu has hidden the rest from assistive technology, it is there to be
 * seen itself: one that is still transparent leaves a page of which nothing is left.
 */
function isStill(): boolean {
  const moves = document
    .getAnimations()
    .some(({ effect, playState }) => playState !== "finished" && Number.isFinite(effect?.getComputedTiming().endTime));
  if (moves) return false;
  if (document.querySelector("[data-aria-hidden=true]") === null) return true;
  const above = "[role=dialog], [role=alertdialog], [role=menu], [role=listbox]";
  return [...document.querySelectorAll(above)].some(
    (element) =>
      element.getClientRects().length > 0 &&
      element.closest("[aria-hidden=true]") === null &&
      element.checkVisibility({ opacityProperty: true, visibilityProperty: true }),
  );
}
