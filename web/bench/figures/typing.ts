import { type Keys, typed, watchKeys } from "../keys.ts";
import type { Recorder } from "../recorder.ts";
import type { Report } from "../report.ts";
import { type Scene, say } from "../scene.ts";

const LIMIT_MS = 16;
const PER_SECOND = 50;
/** The pages beside Parley are always the same. */
const REFERENCE_ROUNDS_MAX = 3;

/**
 * Event Timing counts until the next frame is shown. The browser's clock beats 60 times a second while there are frames, and a
 * key that comes then waits for the beat, up to 17 ms, whatever the page costs; a browser that draws as soon as it can does not.
 */
const CLOCKS = [
  { clock: "60 Hz", switches: [] },
  { clock: "no frame clock", switches: ["--disable-frame-rate-limit", "--disable-gpu-vsync"] },
] as const;

/** Somebody types while the other one's messages arrive in the same chat; and in pages that have less to do. */
export async function typing(scene: Scene, rounds: number, report: Report, recorder: Recorder): Promise<void> {
  for (const { clock, switches } of CLOCKS) {
    if (switches.length > 0) await scene.reopen(switches);
    const parley = await inChat(scene, rounds, recorder, clock);
    const resting = await inPage(scene, rounds, RESTING_PAGE);
    const appending = await inPage(scene, rounds, APPENDING_PAGE);
    const add = (what: string, values: readonly number[], limit: number | null = null) =>
      report.add({ what: `${what}, p95, ${clock}`, unit: "ms", values, limit });
    add(
      `keydown to next paint while ${PER_SECOND} messages a second arrive`,
      parley.map(({ painted }) => painted),
      LIMIT_MS,
    );
    add(
      "  of it until the page is asked",
      parley.map(({ delay }) => delay),
    );
    add(
      "  of it until the page has handled it",
      parley.map(({ handling }) => handling),
    );
    add(
      "  of it until it is painted",
      parley.map(({ presenting }) => presenting),
    );
    add(
      "the same in a page of one text field",
      resting.map(({ painted }) => painted),
    );
    add(
      `the same in such a page that appends ${PER_SECOND} lines a second`,
      appending.map(({ painted }) => painted),
    );
  }
  await scene.reopen([]);
}

async function inChat(scene: Scene, rounds: number, recorder: Recorder, clock: string): Promise<Keys[]> {
  const page = await scene.atRest();
  await page.locator(scene.row).click();
  const box = page.getByRole("textbox", { name: /^Write to/ });
  await box.focus();
  await watchKeys(page);
  const told: Keys[] = [];
  for (let round = 0; round < rounds; round++) {
    const stop = sendSteadily(scene);
    told.push(await recorder.during(page, `typing-${clock}-${round}`, () => typed(page)));
    await stop();
    await box.fill("");
  }
  await page.close();
  return told;
}

/** What machine and browser take of the figure. */
async function inPage(scene: Scene, rounds: number, html: string): Promise<Keys[]> {
  const page = await scene.tab();
  await page.setContent(html);
  await page.getByRole("textbox").focus();
  await watchKeys(page);
  const told: Keys[] = [];
  for (let round = 0; round < Math.min(rounds, REFERENCE_ROUNDS_MAX); round++) {
    told.push(await typed(page));
    await page.getByRole("textbox").fill("");
  }
  await page.close();
  return told;
}

const RESTING_PAGE = "<textarea></textarea>";
const APPENDING_PAGE = `<div style="height:600px;overflow-y:scroll"></div><textarea></textarea><script>
  const log = document.querySelector("div");
  let count = 0;
  setInterval(() => {
    log.append(Object.assign(document.createElement("p"), { textContent: "line " + ++count }));
    log.scrollTop = log.scrollHeight;
  }, ${1_000 / PER_SECOND});
</script>`;

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
