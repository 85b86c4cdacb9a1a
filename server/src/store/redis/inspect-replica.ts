import type { Clock } from "@parley/protocol";
import type { Redis } from "ioredis";
import { inTime } from "../../in-time.ts";
import { createClient } from "./client.ts";
import { type Position, positionOf } from "./position.ts";
import { parseRedisUrl } from "./url.ts";

/** A start waits so long for it at most: without it everything works. */
const PATIENCE_MS = 1_000;

/** Why nothing would be read from the replica now, for the operator; null: nothing is in the way. */
export async function inspectReplica(url: string, primary: Position | null, clock: Clock): Promise<string | null> {
  const location = parseRedisUrl(url);
  const words = (why: string) => `The replica at ${location.description} is not read: ${why}`;
  if (primary === null) {
    return words("the store does not tell by which write a replica could be compared with it (Redis and Valkey do).");
  }
  const client = createClient(location, "slave") as Redis;
  let problem = "no answer";
  client.on("error", (error: Error) => {
    problem = error.message;
  });
  try {
    const asked = ready(client, () => problem).then(() => client.info("replication"));
    const text = await inTime(asked, PATIENCE_MS, clock, () => null);
    if (text === null) return words(`it cannot be reached (${problem}). Until it can be, the store itself is read.`);
    const own = positionOf(text, "replica");
    if (own === null) return words("it is no replica.");
    return own.history === primary.history
      ? null
      : words("it follows another store, or has not begun to follow this one.");
  } catch (error) {
    return words(`it cannot be reached (${(error as Error).message}). Until it can be, the store itself is read.`);
  } finally {
    client.disconnect();
  }
}

function ready(client: Redis, problem: () => string): Promise<void> {
  return new Promise((resolve, reject) => {
    client.once("ready", resolve);
    client.once("end", () => reject(new Error(problem())));
  });
}
