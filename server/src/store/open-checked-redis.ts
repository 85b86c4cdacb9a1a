import { currentEpoch } from "./epoch.ts";
import { judge, readFacts } from "./redis/checks.ts";
import { primaries } from "./redis/client.ts";
import { inspectReplica } from "./redis/inspect-replica.ts";
import { parseRedisUrl } from "./redis/url.ts";
import { type OpenRedis, openRedis } from "./redis.ts";
import type { OpenStore, StoreOptions } from "./store-options.ts";

/** A Redis that keeps what it acknowledges, or an error that tells the operator what to change. */
export async function openCheckedRedis(options: StoreOptions): Promise<OpenStore> {
  const { location: url, clock, random, timeoutMs } = options;
  let epoch: string | null = null;
  const redis = await openRedis({
    url,
    clock,
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    onConnect: async (kv) => {
      const before = epoch;
      epoch = await currentEpoch(kv, random);
      if (before !== null && before !== epoch) options.onEpoch?.(epoch);
    },
  });
  const { description } = parseRedisUrl(url);
  try {
    const warnings = await check(redis, description, options.allowVolatile ?? false);
    if (options.replica !== undefined) {
      const problem = await inspectReplica(options.replica, await redis.position(), clock);
      if (problem !== null) warnings.push(problem);
    }
    return {
      kv: redis.kv,
      epoch: () => {
        if (epoch === null) throw new Error("A store is open only once its epoch is known");
        return epoch;
      },
      warnings,
      description,
    };
  } catch (error) {
    await redis.kv.close();
    throw error;
  }
}

/** Every primary is looked at; what they have in common is said once. */
async function check(redis: OpenRedis, description: string, allowVolatile: boolean): Promise<string[]> {
  const warnings = new Set<string>();
  for (const node of primaries(redis.client)) {
    const verdict = judge(await readFacts(node), allowVolatile);
    const where = primaries(redis.client).length === 1 ? description : `${node.options.host}:${node.options.port}`;
    if (verdict.refusal !== null) throw new Error(`The store at ${where} cannot be used: ${verdict.refusal}`);
    for (const warning of verdict.warnings) warnings.add(`The store at ${description}: ${warning}`);
  }
  return [...warnings];
}
