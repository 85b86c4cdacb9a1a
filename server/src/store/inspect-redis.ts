import { systemClock } from "../platform.ts";
import { judge, readFacts, type Verdict } from "./redis/checks.ts";
import { createClient, primaries } from "./redis/client.ts";
import { inspectReplica } from "./redis/inspect-replica.ts";
import { Link } from "./redis/link.ts";
import { parseRedisUrl } from "./redis/url.ts";
import { openRedis } from "./redis.ts";

export interface InspectedPrimary extends Verdict {
  readonly place: string;
  /** How far its clock is ahead of this machine's. */
  readonly aheadMs: number;
}

/** A store that takes longer to say what it is would be too slow to serve from. */
const OPEN_TIMEOUT_MS = 3_000;

/** What a store of the Redis protocol says of itself; changes nothing in it. Throws what the operator should read. */
export async function inspectRedis(url: string, allowVolatile: boolean): Promise<InspectedPrimary[]> {
  const location = parseRedisUrl(url);
  const client = createClient(location);
  const link = new Link(client, systemClock, async () => {});
  try {
    await link.opened(OPEN_TIMEOUT_MS);
    const found: InspectedPrimary[] = [];
    for (const node of primaries(client)) {
      const [verdict, time] = await Promise.all([
        readFacts(node).then((facts) => judge(facts, allowVolatile)),
        node.time(),
      ]);
      const [seconds = 0, micros = 0] = (time as unknown as (string | number)[]).map(Number);
      const place = `${node.options.host}:${node.options.port}`;
      found.push({ ...verdict, place, aheadMs: seconds * 1000 + micros / 1000 - systemClock.now() });
    }
    return found;
  } catch (error) {
    throw new Error(`The store at ${location.description} cannot be reached: ${(error as Error).message}`);
  } finally {
    await link.close();
  }
}

/** Why nothing would be read from this replica of the store; null: nothing is in the way. Throws as `inspectRedis`. */
export async function inspectReplicaOf(url: string, replica: string): Promise<string | null> {
  const { kv, position } = await openRedis({ url, clock: systemClock, timeoutMs: OPEN_TIMEOUT_MS });
  try {
    return await inspectReplica(replica, await position(), systemClock);
  } finally {
    await kv.close();
  }
}
