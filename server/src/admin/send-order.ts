import { connect } from "node:net";
import { createInterface } from "node:readline";
import { ConfigError } from "../config.ts";
import { type AdminAnswer, adminPath } from "./admin-door.ts";
import type { AdminOrder } from "./deeds.ts";

/** Has the server of this data folder do it; `say` gets its lines. Throws `ConfigError` with what it refuses. */
export async function sendOrder(data: string, order: AdminOrder, say: (line: string) => void): Promise<void> {
  const socket = connect(adminPath(data));
  const failed = new Promise<never>((_, reject) => {
    socket.on("error", (error: NodeJS.ErrnoException) => reject(unreachable(data, error)));
  });
  const told = async () => {
    socket.write(`${JSON.stringify(order)}\n`);
    for await (const text of createInterface({ input: socket })) {
      const answer = JSON.parse(text) as AdminAnswer;
      if ("refused" in answer) throw new ConfigError(answer.refused);
      if ("done" in answer) return;
      say(answer.line);
    }
    throw new ConfigError("The server ended before it had answered. Look whether it was done before you say it again.");
  };
  try {
    await Promise.race([failed, told()]);
  } finally {
    socket.destroy();
  }
}

function unreachable(data: string, { code }: NodeJS.ErrnoException): ConfigError {
  if (code === "EACCES")
    return new ConfigError(`Only who runs the server may do that: ${adminPath(data)} is not yours.`);
  return new ConfigError(
    `No server runs on ${data} here. \`parley admin\` speaks to one that runs: start it, or name its --data.`,
  );
}
