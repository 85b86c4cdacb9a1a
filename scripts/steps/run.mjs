import { spawn } from "node:child_process";

/**
 * Runs a program to its end and keeps what it prints, so that a newcomer sees it only where it matters: on failure. Without a
 * shell: the same on every system, and folders may have spaces.
 */
export async function run(program, args, options) {
  const child = spawn(program, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
  const printed = [];
  child.stdout.on("data", (chunk) => printed.push(chunk));
  child.stderr.on("data", (chunk) => printed.push(chunk));
  const code = await new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (exitCode, signal) => resolve(exitCode ?? signal));
  });
  return { ok: code === 0, output: Buffer.concat(printed).toString("utf8").trim() };
}
