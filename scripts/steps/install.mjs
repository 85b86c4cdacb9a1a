import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fingerprint } from "./fingerprint.mjs";
import { recall, remember } from "./memory.mjs";
import { findNpmCli } from "./npm-cli.mjs";
import { ROOT } from "./paths.mjs";
import { runNode } from "./run-node.mjs";

/** The lockfile names every package; the other file says how they are laid out. */
const DECIDES = ["pnpm-lock.yaml", "pnpm-workspace.yaml"];

/**
 * Brings node_modules to what the lockfile says, with exactly the pnpm that package.json names. npm fetches that pnpm into its
 * own cache: nothing is installed globally. Does nothing where the lockfile is the one of the last time.
 */
export async function install(say) {
  const wanted = fingerprint(DECIDES);
  if (recall("installed") === wanted) return;
  say("Installing packages: once, over the network, about a minute.");
  const { packageManager } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  const pnpm = ["exec", "--yes", `--package=${packageManager}`, "--", "pnpm"];
  // Without a terminal pnpm would rather give up than ask whether it may replace a node_modules of another making.
  const args = [...pnpm, "install", "--frozen-lockfile", "--config.confirmModulesPurge=false"];
  const { ok, output } = await runNode(findNpmCli(), args);
  if (!ok) throw new Error(`The packages could not be installed.\n${output}`);
  remember("installed", wanted);
}
