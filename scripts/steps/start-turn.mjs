import { buildStale } from "./build-stale.mjs";
import { install } from "./install.mjs";

const say = (text) => process.stdout.write(`${text}\n`);

/** Installs and builds what is missing or stale, then becomes the program that runs or tests coturn. */
export async function startTurn() {
  try {
    await install(say);
    await buildStale(say, ["relay"]);
  } catch (error) {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
    return;
  }
  await import("../../turn/dist/src/main.js");
}
