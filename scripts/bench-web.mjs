// `npm run bench:web`: builds, then measures the web app in Chromium. Arguments go to it: `npm run bench:web -- start --rounds 3`.
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { buildStale } from "./steps/build-stale.mjs";
import { checkTypes } from "./steps/checks.mjs";
import { install } from "./steps/install.mjs";
import { ROOT } from "./steps/paths.mjs";
import { provide } from "./steps/system-packages.mjs";

const say = (text) => process.stderr.write(`${text}\n`);

await install(say);
await buildStale(say);
// The benchmark itself is compiled with the tests.
const wrong = await checkTypes();
if (wrong !== undefined) throw new Error(wrong);
const missing = await provide(["chromium"], say);
if (missing.length > 0) throw new Error("Chromium is not installed.");

await import(pathToFileURL(join(ROOT, "web", "dist", "bench", "main.js")).href);
