import { buildStale } from "./build-stale.mjs";
import { install } from "./install.mjs";

const say = (text) => process.stdout.write(`${text}\n`);

/**
 * Installs and builds what is missing or stale, or only the `targets` that are named, then becomes the server: same process, arguments,
 * signals and exit code.
 */
export async function startServer(targets) {
  try {
    await install(say);
    await buildStale(say, targets);
  } catch (error) {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
    return;
  }
  // npm passes Ctrl+C on although the terminal has sent it already: the second one must not cut the server's farewell short.
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => {});
  await import("../../server/dist/src/main.js");
}
