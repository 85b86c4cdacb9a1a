import { spawn } from "node:child_process";
import { ROOT } from "./paths.mjs";

/**
 * Runs a Node program to its end and keeps what it prints, so that a newcomer sees it only where it matters: on failure.
 * Always through this very Node and without a shell: the same on every system, and folders may have spaces.
 */
export async function runNode(script, args, { cwd = ROOT } = {}) {
  const env = { ...process.env, NO_COLOR: "1" };
  const child = spawn(process.execPath, [script, ...args], { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  const printed = [];
  child.stdout.on("data", (chunk) => printed.push(chunk));
  child.stderr.on("data", (chunk) => printed.push(chunk));
  const code = await new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (exitCode, signal) => resolve(exitCode ?? signal));
  });
  return { ok: code === 0, code, output: Buffer.concat(printed).toString("utf8").trim() };
}
