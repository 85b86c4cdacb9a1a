// `npm run bench`: builds, then measures. Arguments go to the benchmarks: `npm run bench -- P1 P6`.
import { join } from "node:path";
import { buildStale } from "./steps/build-stale.mjs";
import { install } from "./steps/install.mjs";
import { ROOT } from "./steps/paths.mjs";
import { runCompiled } from "./steps/run-compiled.mjs";
import { provide } from "./steps/system-packages.mjs";

const say = (text) => process.stderr.write(`${text}\n`);

await install(say);
await buildStale(say);
const missing = await provide(["redis-server", "nats-server"], say);
if (missing.length > 0) say(`Without ${missing.join(", ")} the figures of that are missing.`);

runCompiled(join(ROOT, "server", "dist", "bench", "main.js"), process.argv.slice(2), say);
