import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Redis } from "ioredis";
import { isRedisUrl } from "../../src/store/redis/url.ts";

/** Every value that lies in a store, behind its driver's back: to see that something is gone. */
export async function rawValues(location: string): Promise<string[]> {
  return isRedisUrl(location) ? valuesOfRedis(location) : valuesOfFolder(location);
}

/** By a process of its own: LMDB is opened once in each. */
async function valuesOfFolder(path: string): Promise<string[]> {
  const program = fileURLToPath(new URL("raw-folder-process.js", import.meta.url));
  const { stdout } = await run(process.execPath, [program, path], { maxBuffer: 64 * 1024 * 1024 });
  return JSON.parse(stdout) as string[];
}

const run = promisify(execFile);

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
