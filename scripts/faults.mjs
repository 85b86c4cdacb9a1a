// `npm run faults`: builds, then breaks things under whole servers. Arguments are names of faults: `npm run faults -- disk-full`.
import { join } from "node:path";
import { buildStale } from "./steps/build-stale.mjs";
import { install } from "./steps/install.mjs";
import { ROOT } from "./steps/paths.mjs";
import { runCompiled } from "./steps/run-compiled.mjs";
import { provide } from "./steps/system-packages.mjs";

const say = (text) => process.stderr.write(`${text}\n`);

await install(say);
await buildStale(say, ["relay", "server"]);
const missing = await provide(["redis-server", "nats-server", "faketime"], say);
if (missing.length > 0) say(`Without ${missing.join(", ")} the faults that need it are left out or fail.`);

runCompiled(join(ROOT, "server", "dist", "tests", "faults", "main.js"), process.argv.slice(2), say);
