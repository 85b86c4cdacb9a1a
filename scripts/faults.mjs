// `npm run faults`: builds, then breaks things under whole servers. Arguments are names of faults: `npm run faults -- disk-full`.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { buildStale } from "./steps/build-stale.mjs";
import { install } from "./steps/install.mjs";
import { ROOT } from "./steps/paths.mjs";
import { provide } from "./steps/system-packages.mjs";

const say = (text) => process.stderr.write(`${text}\n`);

await install(say);
await buildStale(say, ["relay", "server"]);
const missing = await provide(["redis-server", "nats-server", "faketime"], say);
if (missing.length > 0) say(`Without ${missing.join(", ")} the faults that need it are left out or fail.`);

const main = join(ROOT, "server", "dist", "tests", "faults", "main.js");
const child = spawn(process.execPath, ["--enable-source-maps", main, ...process.argv.slice(2)], { stdio: "inherit" });
child.once("error", (error) => {
  say(error.message);
  process.exitCode = 1;
});
// A terminal's Ctrl+C reaches the child by itself; this process only has to outlive it.
process.on("SIGINT", () => {});
process.on("SIGTERM", () => child.kill("SIGTERM"));
child.once("exit", (code) => {
  process.exitCode = code ?? 1;
});
