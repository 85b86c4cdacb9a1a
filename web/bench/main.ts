import { mkdir } from "node:fs/promises";
import { parseArgs } from "node:util";
import { opening } from "./figures/opening.ts";
import { scrolling } from "./figures/scrolling.ts";
import { size } from "./figures/size.ts";
import { start } from "./figures/start.ts";
import { typing } from "./figures/typing.ts";
import { Recorder } from "./recorder.ts";
import { Report } from "./report.ts";
import { Scene } from "./scene.ts";

const FIGURES = { size, start, opening, scrolling, typing };
const MESSAGES = 100_000;

const HELP = `npm run bench:web -- [${Object.keys(FIGURES).join(" ")}] [--rounds 10] [--profile folder]

Measures the web app in a real Chromium on a real server, in a chat of ${MESSAGES.toLocaleString("en")} messages (W1).
  --rounds    how often each figure is taken; the verdict is on the median
  --profile   writes CPU profiles of the page there; the figures then include the profiler`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: "string", default: "10" },
    profile: { type: "string" },
    help: { type: "boolean", short: "h", default: false },
  },
});

let scene: Scene | null = null;

async function main(): Promise<void> {
  const chosen = Object.entries(FIGURES).filter(([name]) => positionals.length === 0 || positionals.includes(name));
  if (values.help || chosen.length === 0) {
    process.stderr.write(`${HELP}\n`);
    return;
  }
  const folder = values.profile ?? null;
  if (folder !== null) await mkdir(folder, { recursive: true });
  const report = new Report();
  const recorder = new Recorder(folder);
  process.stderr.write(`Filling a chat with ${MESSAGES} messages, and the browser's cache with the newest of them.\n`);
  scene = await Scene.set(MESSAGES);
  try {
    const page = await scene.atRest();
    const { from, to } = await scene.cached(page);
    process.stderr.write(`The cache holds messages ${from} to ${to}; those before are at the server alone.\n`);
    await page.close();
    for (const [name, figure] of chosen) {
      process.stderr.write(`${name}\n`);
      await figure(scene, Number(values.rounds), report, recorder);
    }
  } finally {
    await scene.end();
  }
  process.stdout.write(`\n${report.table()}\n`);
}

// Without a handler a signal would end this process alone and leave its server and browser behind.
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => void Promise.resolve(scene?.end()).finally(() => process.exit(1)));
}
await main();
