import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { within } from "./patience.ts";

const running = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});
// The runner ends a file that takes too long; a signal alone does not bring about `exit`.
process.once("SIGTERM", () => process.exit(1));

/** A program of the system, which ends with this process at the latest. Resolves when it has printed that it is ready. */
export async function startService(program: string, args: readonly string[], ready: RegExp): Promise<ChildProcess> {
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
  running.add(child);
  child.once("exit", () => running.delete(child));
  let output = "";
  const isReady = new Promise<void>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", () => reject(new Error(`${program} ended:\n${output}`)));
    const hear = (chunk: Buffer) => {
      // Kept until the server is up, to say why it is not.
      if (output.length < 10_000) output += chunk.toString();
      if (ready.test(output)) resolve();
    };
    child.stdout?.on("data", hear);
    child.stderr?.on("data", hear);
  });
  await within(isReady, () => `${program} to be ready; it printed:\n${output}`);
  return child;
}

export async function killService(child: ChildProcess): Promise<void> {
  const ended = endOfService(child);
  child.kill("SIGKILL");
  await ended;
}

export async function endOfService(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
}

/** Given by the system, and free again when this resolves. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("No port was given");
  return address.port;
}
