import { Redis } from "ioredis";
import { openEnvironment } from "../../src/store/lmdb/environment.ts";
import { isRedisUrl } from "../../src/store/redis/url.ts";

/** Every value that lies in a store, behind its driver's back: to see that something is gone. */
export async function rawValues(location: string): Promise<string[]> {
  return isRedisUrl(location) ? valuesOfRedis(location) : valuesOfFolder(location);
}

async function valuesOfFolder(path: string): Promise<string[]> {
  const environment = openEnvironment(path);
  environment.root.resetReadTxn();
  const tables = [environment.heads, environment.entries].flatMap((table) => [...table.getRange({})]);
  const values = tables.flatMap(({ key, value }) => [key.toString(), value.toString()]);
  await environment.root.close();
  return values;
}

async function valuesOfRedis(url: string): Promise<string[]> {
  const redis = new Redis(url, { protocol: 2 });
  const values: string[] = [];
  for (const key of await redis.keys("*")) {
    values.push(key);
    const type = await redis.type(key);
    if (type === "string") values.push((await redis.get(key)) ?? "");
    else if (type === "hash") values.push(...Object.entries(await redis.hgetall(key)).flat());
    else if (type === "list") values.push(...(await redis.lrange(key, 0, -1)));
    else if (type === "set") values.push(...(await redis.smembers(key)));
    else values.push(...(await redis.zrange(key, 0, "-1")));
  }
  redis.disconnect();
  return values;
}
