import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../../src/main.js", import.meta.url));

export interface CommandEnd {
  readonly code: number;
  /** What it printed, standard error included. */
  readonly said: string;
}

/** A command of the server's program, as an operator gives it, in a process of its own. */
export function runCommandLine(args: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<CommandEnd> {
  return new Promise((resolve) => {
    const env = { ...process.env, ...environment };
    execFile(process.execPath, ["--enable-source-maps", MAIN, ...args], { env }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === "number" ? error.code : 1;
      resolve({ code, said: stdout + stderr });
    });
  });
}
