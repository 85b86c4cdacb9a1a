import { ROOT } from "./paths.mjs";
import { run } from "./run.mjs";

/** Runs a Node program through this very Node. */
export function runNode(script, args, { cwd = ROOT } = {}) {
  return run(process.execPath, [script, ...args], { cwd, env: { ...process.env, NO_COLOR: "1" } });
}
